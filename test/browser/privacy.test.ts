import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { eventually } from "../harness/eventually.ts";
import { residents } from "../harness/scripted-home.ts";
import type { Script } from "../harness/scripted-router.ts";
import { startUi, type UiProcess } from "../harness/ui-process.ts";
import { PHONE, shifts, unhandy, Viewer } from "../harness/viewer.ts";

setDefaultTimeout(60_000);

const SCRIPT: Script = { devices: 12, internet: "online" };
const [, LAPTOP, , PHONE_OF_JONAS] = residents(12).map(({ device }) => device.mac);

let viewer: Viewer;
let home: UiProcess;

beforeAll(async () => {
  [viewer, home] = await Promise.all([Viewer.arrive(), startUi(SCRIPT)]);
});
afterAll(async () => {
  await viewer[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});
afterEach(() => {
  expect(viewer.takeComplaints()).toEqual([]);
});

const changes = (page: Page) => page.getByRole("region", { name: "Changes" });
const save = (page: Page) => changes(page).getByRole("button", { name: "Save" });
/** What the page has asked the router to change. */
function sent(page: Page, method: string): unknown[] {
  const requests: unknown[] = [];
  page.on("request", (request) => {
    if (request.method() === method) requests.push([new URL(request.url()).pathname, request.postDataJSON()]);
  });
  return requests;
}

describe("the settings", () => {
  test("are reached from the rail, and each says what it is and what it comes to", async () => {
    const page = await viewer.open(home.url);
    await page.getByRole("link", { name: "Privacy" }).first().click();
    await page.getByRole("heading", { name: "Privacy" }).waitFor();
    const detail = page.getByRole("spinbutton", { name: "Last 24 hours in full detail" });
    await detail.waitFor();
    await page
      .getByText("Enough for the whole 24 hours as this home is now. Now it reaches back 24 hours.")
      .waitFor();
    expect(await page.getByRole("radio", { name: /Only the owner/ }).isChecked()).toBe(true);
    await page.getByText("40 seconds at 1 Mbit/s").waitFor();
    await page.getByText("Enough for 33 devices: this router’s memory allows 170 MB for packets.").waitFor();
    await page.getByText("none missed").waitFor();
    await page.close();
  });

  test("changes gather, are told one by one, and are made together", async () => {
    await using own = await startUi(SCRIPT);
    const page = await viewer.open(`${own.url}/privacy`);
    const puts = sent(page, "PUT");
    await page.getByRole("radio", { name: /Everyone in the household/ }).check();
    await page.getByRole("spinbutton", { name: "Every second" }).fill("3");
    await page.getByLabel("Do not record one more device").selectOption(LAPTOP!);
    await changes(page).getByText("3 changes, not saved yet").waitFor();
    expect(await changes(page).getByRole("listitem").allInnerTexts()).toEqual([
      "Who may see: Only the owner → Everyone in the household",
      "Every second: 7 days → 3 days; what no longer fits is deleted",
      "Not recorded: none → 1 device",
    ]);
    expect(puts).toEqual([]);
    await save(page).click();
    await changes(page).getByText("3 changes").waitFor({ state: "detached" });
    expect(puts).toEqual([
      ["/api/traffic/settings", { visibleTo: "household", keepSecondsDays: 3, notRecorded: [LAPTOP] }],
    ]);
    await page.goto(`${own.url}/devices/${LAPTOP}`);
    await eventually(() => page.getByRole("switch").getAttribute("aria-checked"), "true");
    await page.goto(`${own.url}/privacy`);
    await page.getByRole("button", { name: "Record again Mara's laptop" }).click();
    await save(page).click();
    await page.getByText("Every device is recorded.").waitFor();
    await page.close();
  });

  test("with keys alone: choose, change, discard", async () => {
    const page = await viewer.open(`${home.url}/privacy`);
    await page.getByRole("radio", { name: /Only the owner/ }).focus();
    await page.keyboard.press("ArrowDown");
    await changes(page).getByText("Who may see: Only the owner → Everyone in the household").waitFor();
    await page.getByRole("spinbutton", { name: "Every minute" }).focus();
    await page.keyboard.press("ArrowUp");
    await changes(page).getByText("Every minute: 365 days → 366 days").waitFor();
    await changes(page).getByRole("button", { name: "Discard" }).focus();
    await page.keyboard.press("Enter");
    await eventually(() => page.getByRole("spinbutton", { name: "Every minute" }).inputValue(), "365");
    expect(await page.getByRole("radio", { name: /Only the owner/ }).isChecked()).toBe(true);
    await page.close();
  });

  test("what cannot be is told beside its field, here and when the router says so", async () => {
    const page = await viewer.open(`${home.url}/privacy`);
    const detail = page.getByRole("spinbutton", { name: "Last 24 hours in full detail" });
    await detail.fill("7");
    await page.getByText("A whole number of MB from 32 to 2,048.").waitFor();
    expect([await detail.getAttribute("aria-invalid"), await save(page).isDisabled()]).toEqual([
      "true",
      true,
    ]);
    await detail.fill("");
    expect(await save(page).isDisabled()).toBe(true);
    await page.route("**/api/traffic/settings", (route) =>
      route.request().method() === "GET"
        ? route.fallback()
        : route.fulfill({
            status: 422,
            json: {
              error: "historyMegabytes: more than this machine has",
              hint: "Nothing was changed.",
              fields: [{ field: "historyMegabytes", reason: "more than this machine has; give less" }],
            },
          }),
    );
    await detail.fill("2048");
    await save(page).click();
    await page.getByText("more than this machine has; give less").waitFor();
    await changes(page).getByText("Nothing was changed.").waitFor();
    await detail.fill("512");
    await eventually(() => save(page).isDisabled(), false);
    await page.close();
  });
});

test("a device that the settings' file spells in its own way is known all the same", async () => {
  await using own = await startUi(SCRIPT);
  await fetch(`${own.url}/api/traffic/settings`, {
    method: "PUT",
    headers: { origin: own.url, "content-type": "application/json" },
    body: JSON.stringify({ notRecorded: [LAPTOP!.toUpperCase().replaceAll(":", "-")] }),
  });
  const page = await viewer.open(`${own.url}/privacy`);
  await page.getByRole("button", { name: "Record again Mara's laptop" }).waitFor();
  await page.goto(`${own.url}/devices/${LAPTOP}`);
  await eventually(() => page.getByRole("switch").getAttribute("aria-checked"), "true");
  await page.close();
});

test("everything is deleted only after a question that says what goes", async () => {
  await using own = await startUi(SCRIPT);
  const page = await viewer.open(`${own.url}/privacy`);
  const deletions = sent(page, "DELETE");
  await page.getByText("24 hours ago").first().waitFor();
  await page.getByRole("button", { name: "Delete everything that was recorded" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("This cannot be undone.").waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect(deletions).toEqual([]);
  await page.getByRole("button", { name: "Delete everything that was recorded" }).click();
  await dialog.getByRole("button", { name: "Delete everything" }).click();
  await page.getByText("Deleted.").waitFor();
  await eventually(() => page.getByText("24 hours ago").count(), 0);
  expect(deletions).toEqual([["/api/traffic", null]]);
  await page.close();
});

test("is for the owner: others are asked for the password and see nothing", async () => {
  await using strict = await startUi({ ...SCRIPT, access: "owner-only" });
  const page = await viewer.open(`${strict.url}/privacy`);
  await page.getByRole("heading", { name: "Choose the owner’s password" }).waitFor();
  expect(await page.getByRole("spinbutton").count()).toBe(0);
  await page.goto(`${strict.url}/devices/${PHONE_OF_JONAS}`);
  await page.getByRole("heading", { name: "Choose the owner’s password" }).waitFor();
  expect([
    await page.getByRole("heading", { name: "Who it is" }).count(),
    await page.getByRole("heading", { name: "Where it talks" }).count(),
    await page.getByRole("heading", { name: "What is recorded" }).count(),
  ]).toEqual([1, 0, 0]);
  await page.goto(strict.url);
  await page.getByRole("heading", { name: "Devices by traffic" }).waitFor();
  expect(await page.getByRole("heading", { name: "Worth a look" }).count()).toBe(0);
  await page.close();
});

test("the household sees what devices do once the owner says so, and cannot change it", async () => {
  await using shared = await startUi({ ...SCRIPT, access: "owner-only" });
  const send = (method: string, path: string, body: unknown, cookie = "") =>
    fetch(shared.url + path, {
      method,
      headers: { origin: shared.url, "content-type": "application/json", cookie },
      body: JSON.stringify(body),
    });
  const session = await send("POST", "/api/access/owner", { password: "correct horse" });
  const cookie = session.headers.getSetCookie()[0]!.split(";")[0]!;
  await send("PUT", "/api/traffic/settings", { visibleTo: "household" }, cookie);
  const page = await viewer.open(`${shared.url}/devices/${LAPTOP}`);
  await page.getByText("The router’s owner decides what is recorded of this device.").waitFor();
  await page.getByText("Watch it live in Wireshark").click();
  expect(await page.getByRole("button", { name: /command to sign in/ }).count()).toBe(0);
  await page.goto(shared.url);
  await page.getByRole("link", { name: "Show me" }).first().waitFor();
  expect(await page.getByRole("button", { name: "Do not tell me again" }).count()).toBe(0);
  await page.close();
});

test("nothing moves while the answers come, and all is in reach of a finger", async () => {
  for (const viewport of [PHONE, { width: 1440, height: 1300 }]) {
    const page = await viewer.open(`${home.url}/privacy`, { viewport });
    await page.getByText("none missed").waitFor();
    await page.getByText("Every device is recorded.").waitFor();
    const isStill = (await shifts(page)) < 0.001;
    expect({ isStill, ...(await unhandy(page)) }).toEqual({ isStill: true, wide: 0, small: [] });
    await page.close();
  }
});

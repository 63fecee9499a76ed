import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { eventually } from "../harness/eventually.ts";
import { residents } from "../harness/scripted-home.ts";
import type { Script } from "../harness/scripted-router.ts";
import { startUi, type UiProcess } from "../harness/ui-process.ts";
import { Viewer } from "../harness/viewer.ts";

setDefaultTimeout(60_000);

const SCRIPT: Script = { devices: 12, internet: "online" };
const [, LAPTOP] = residents(12).map(({ device }) => device.mac);

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

const device = (from: UiProcess) => `${from.url}/devices/${LAPTOP}`;
const captures = (page: Page) =>
  page.locator("section", { has: page.getByRole("heading", { name: "Its latest packets" }) });
const recording = (page: Page) =>
  page.locator("section", { has: page.getByRole("heading", { name: "What is recorded" }) });

/** What a click on the link named so saves. */
async function download(page: Page, name: string): Promise<{ name: string; bytes: Uint8Array }> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    captures(page).getByRole("link", { name, exact: true }).click(),
  ]);
  return { name: file.suggestedFilename(), bytes: await Bun.file(await file.path()).bytes() };
}
const start = (bytes: Uint8Array) => Buffer.from(bytes.subarray(0, 4)).toString("hex");

describe("a device's packets", () => {
  test("are told by number and age, and downloaded for Wireshark in both formats", async () => {
    const page = await viewer.open(device(home));
    await captures(page)
      .getByText(/^[\d,]+ packets, back to 1 hour ago$/)
      .waitFor();
    const all = await download(page, "All");
    expect([all.name, start(all.bytes)]).toEqual([expect.stringMatching(/Mara.*\.pcapng$/), "0a0d0d0a"]);
    const hour = await download(page, "Last hour");
    const minute = await download(page, "Last minute");
    expect([minute.bytes.length < hour.bytes.length, start(minute.bytes)]).toEqual([true, "0a0d0d0a"]);
    await captures(page).getByRole("button", { name: "pcap", exact: true }).click();
    const plain = await download(page, "All");
    expect([plain.name, start(plain.bytes)]).toEqual([expect.stringMatching(/\.pcap$/), "4d3cb2a1"]);
    await page.close();
  });

  test("of a time of one's own: what is wrong with it stands beside the fields", async () => {
    const page = await viewer.open(device(home));
    await captures(page).getByText("A time of your own").focus();
    await page.keyboard.press("Enter");
    const [from, to] = [captures(page).getByLabel("From"), captures(page).getByLabel("To", { exact: true })];
    const whole = await download(page, "Download");
    expect(start(whole.bytes)).toBe("0a0d0d0a");
    const began = await from.inputValue();
    await to.fill(began);
    await captures(page).getByText("This is before the beginning.").waitFor();
    expect([
      await to.getAttribute("aria-invalid"),
      await captures(page).getByRole("link", { name: "Download" }).count(),
    ]).toEqual(["true", 0]);
    await from.fill("");
    await captures(page).getByText("Choose a date and a time.").waitFor();
    await from.fill("2020-01-01T00:00:00");
    await to.fill("2020-01-01T01:00:00");
    await captures(page).getByText("Packets of that time are no longer there.").waitFor();
    await page.close();
  });

  test("are watched live by the commands shown, after signing in with the owner's password, whatever is in it", async () => {
    const password = String.raw` say "\n\" & %s $HOME 'äß' `;
    await using strict = await startUi({ ...SCRIPT, access: "owner-only" });
    await fetch(`${strict.url}/api/access/owner`, {
      method: "POST",
      headers: { origin: strict.url, "content-type": "application/json" },
      body: JSON.stringify({ password }),
    });
    const page = await viewer.open(device(strict));
    await page
      .getByLabel(/password/i)
      .first()
      .fill(password);
    await page.keyboard.press("Enter");
    await captures(page).getByText("Watch it live in Wireshark").click();
    const command = async (name: RegExp) =>
      (await captures(page).getByRole("button", { name }).locator("bdi").textContent()) ?? "";
    const [signIn, watch] = [await command(/command to sign in/), await command(/Copy command curl/)];
    const folder = await mkdtemp(join(tmpdir(), "gatehouse-watch-"));
    const script = `{ ${signIn}; } >&2; ${watch.replace("wireshark -k -i -", "head -c 4")}`;
    const shell = Bun.spawn(["bash", "-c", script], {
      env: { ...process.env, HOME: folder },
      stdin: new Blob([`${password}\n`]),
      stderr: "ignore",
    });
    expect(start(await new Response(shell.stdout).bytes())).toBe("0a0d0d0a");
    await rm(folder, { recursive: true });
    await page.close();
  });
});

describe("what is recorded", () => {
  test("a switch ends it from then on, which the next visit still shows", async () => {
    await using own = await startUi(SCRIPT);
    const page = await viewer.open(device(own));
    const toggle = page.getByRole("switch", { name: "Do not record this device" });
    await toggle.focus();
    const [change] = await Promise.all([
      page.waitForRequest((request) => request.method() === "PUT"),
      page.keyboard.press("Space"),
    ]);
    expect([new URL(change.url()).pathname, change.postDataJSON()]).toEqual([
      "/api/traffic/settings",
      { notRecorded: [LAPTOP] },
    ]);
    await eventually(() => toggle.getAttribute("aria-checked"), "true");
    await page.reload();
    await eventually(() => toggle.getAttribute("aria-checked"), "true");
    await toggle.click();
    await eventually(() => toggle.getAttribute("aria-checked"), "false");
    await page.close();
  });

  test("a change that was not made is told, and the switch stays where it is", async () => {
    const page = await viewer.open(device(home));
    await page.route("**/api/traffic/settings", (route) =>
      route.request().method() === "GET"
        ? route.fallback()
        : route.fulfill({ status: 503, json: { error: "The disk is full", hint: "They are as they were." } }),
    );
    await page.getByRole("switch").click();
    await recording(page).getByText("The disk is full. They are as they were.").waitFor();
    expect(await page.getByRole("switch").getAttribute("aria-checked")).toBe("false");
    await page.close();
  });

  test("is deleted only after a question that says what goes", async () => {
    await using own = await startUi(SCRIPT);
    const page = await viewer.open(device(own));
    await captures(page)
      .getByText(/packets, back to/)
      .waitFor();
    const asked: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "DELETE") asked.push(new URL(request.url()).pathname);
    });
    await recording(page).getByRole("button", { name: "Delete what was recorded" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete what was recorded?" });
    await dialog.getByText("This cannot be undone.").waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(asked).toEqual([]);
    await page.keyboard.press("Enter");
    await dialog.getByRole("button", { name: "Delete" }).click();
    await recording(page).getByText("Deleted.").waitFor();
    await page
      .getByText("It has talked to nobody for 24 hours")
      .or(page.getByText("It talks to nobody now"))
      .waitFor();
    expect(asked).toEqual([`/api/traffic/devices/${encodeURIComponent(LAPTOP!)}`]);
    await page.close();
  });
});

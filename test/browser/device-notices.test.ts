import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { eventually } from "../harness/eventually.ts";
import { residents } from "../harness/scripted-home.ts";
import type { Script } from "../harness/scripted-router.ts";
import { startUi } from "../harness/ui-process.ts";
import { Viewer } from "../harness/viewer.ts";

setDefaultTimeout(60_000);

const SCRIPT: Script = { devices: 12, internet: "online" };
const [, LAPTOP, , , , , DOORBELL] = residents(12).map(({ device }) => device.mac);

let viewer: Viewer;
beforeAll(async () => {
  viewer = await Viewer.arrive();
});
afterAll(() => viewer[Symbol.asyncDispose]());
afterEach(() => {
  expect(viewer.takeComplaints()).toEqual([]);
});

const section = (page: Page) =>
  page.locator("section", { has: page.getByRole("heading", { name: "Worth a look" }) });
const row = (page: Page, text: string) => section(page).getByRole("listitem").filter({ hasText: text });
test("what is unusual stands on Home, and the evidence is one click away", async () => {
  await using home = await startUi(SCRIPT);
  const page = await viewer.open(home.url);
  const upload = row(page, "Doorbell sent 690 MB");
  await upload.getByText("Pause it and look").waitFor();
  expect(await section(page).getByRole("listitem").count()).toBe(4);
  await upload.getByRole("link", { name: "Show me" }).click();
  await page.waitForURL(/\/traffic/);
  const { device, remote, from, to } = Object.fromEntries(new URL(page.url()).searchParams);
  expect({ device, remote, isRange: Number(from) < Number(to) }).toEqual({
    device: DOORBELL,
    remote: "203.0.113.218",
    isRange: true,
  });
  await page.close();
});

/** Ids of what the router does not tell again. */
async function silenced({ url }: { url: string }): Promise<string[]> {
  const notices: { id: string }[] = await (await fetch(`${url}/api/traffic/notices/silenced`)).json();
  return notices.map(({ id }) => id);
}

test("one that nobody wants to hear of again is silenced at once, and that can be undone where it stood", async () => {
  await using home = await startUi(SCRIPT);
  const page = await viewer.open(home.url);
  await row(page, "214 ports").getByRole("button", { name: "Do not tell me again" }).focus();
  await page.keyboard.press("Enter");
  await row(page, "214 ports").getByText("You will not be told of this again.").waitFor();
  await eventually(() => silenced(home), ["port-scan-ps5-3f"]);
  await row(page, "Thermostat").getByRole("button", { name: "Do not tell me again" }).click();
  await eventually(() => silenced(home), ["port-scan-ps5-3f", "new-place-thermostat-hall"]);
  await row(page, "214 ports").getByRole("button", { name: "Undo" }).click();
  await row(page, "214 ports").getByText("Some games look for others").waitFor();
  await eventually(() => silenced(home), ["new-place-thermostat-hall"]);
  expect(await section(page).getByRole("listitem").count()).toBe(4);
  await page.close();
});

test("the list says how many are silenced, and lets them be told again", async () => {
  await using home = await startUi(SCRIPT);
  const page = await viewer.open(home.url);
  await row(page, "Doorbell").getByRole("button", { name: "Do not tell me again" }).click();
  await eventually(() => silenced(home), ["upload-doorbell-cam"]);
  await page.reload();
  await section(page).getByRole("button", { name: "1 silenced" }).click();
  await row(page, "Doorbell").getByRole("button", { name: "Undo" }).click();
  await row(page, "Doorbell").getByText("Pause it and look").waitFor();
  await eventually(() => silenced(home), []);
  await section(page).getByRole("button", { name: "silenced" }).waitFor({ state: "detached" });
  await page.close();
});

test("what is new or silenced elsewhere is there at once, and nobody asks for it before", async () => {
  await using home = await startUi(SCRIPT);
  const page = await viewer.open(home.url);
  await page.clock.install();
  const opened = page.waitForEvent("websocket", (socket) => socket.url().endsWith("/api/live"));
  await page.reload();
  const live = await opened;
  const asked: string[] = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith("/api/traffic/notices")) asked.push(pathname);
  });
  await row(page, "Doorbell sent 690 MB").waitFor();
  asked.length = 0;
  const silence = (method: string) =>
    fetch(`${home.url}/api/traffic/notices/upload-doorbell-cam/silence`, {
      method,
      headers: { origin: home.url },
    });
  // Beyond what a page that asks by itself would wait for, and never so long that the router seems to be away.
  for (let i = 0; i < 4; i++) {
    await page.clock.fastForward(6_000);
    await live.waitForEvent("framereceived");
  }
  expect(asked).toEqual([]);
  await silence("POST");
  await section(page).getByRole("button", { name: "1 silenced" }).waitFor();
  await row(page, "Doorbell").waitFor({ state: "detached" });
  await silence("DELETE");
  await row(page, "Doorbell sent 690 MB").waitFor();
  expect(asked.toSorted()).toEqual(
    ["", "", "/silenced", "/silenced"].map((end) => `/api/traffic/notices${end}`),
  );
  await page.close();
});

test("a device's page shows its own, and says calmly when there is none", async () => {
  await using home = await startUi(SCRIPT);
  const page = await viewer.open(`${home.url}/devices/${DOORBELL}`);
  await row(page, "Doorbell sent 690 MB").waitFor();
  expect(await section(page).getByRole("listitem").count()).toBe(1);
  await page.goto(`${home.url}/devices/${LAPTOP}`);
  await section(page).getByText("Nothing unusual about this device").waitFor();
  await page.close();
});

test("what could not be silenced is told, and stays", async () => {
  await using home = await startUi(SCRIPT);
  const page = await viewer.open(home.url);
  await page.route("**/silence", (route) =>
    route.fulfill({
      status: 503,
      json: { error: "The account did not answer", hint: "Try again in a moment." },
    }),
  );
  await row(page, "Doorbell").getByRole("button", { name: "Do not tell me again" }).click();
  await section(page).getByText("The account did not answer. Try again in a moment.").waitFor();
  await row(page, "Doorbell").getByRole("button", { name: "Do not tell me again" }).waitFor();
  await page.close();
});

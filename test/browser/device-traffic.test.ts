import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { eventually } from "../harness/eventually.ts";
import { residents, START } from "../harness/scripted-home.ts";
import type { Script } from "../harness/scripted-router.ts";
import { startUi, type UiProcess } from "../harness/ui-process.ts";
import { PHONE, shifts, unhandy, Viewer } from "../harness/viewer.ts";

setDefaultTimeout(60_000);

const SCRIPT: Script = { devices: 12, internet: "online" };
const [, LAPTOP, , , , , DOORBELL] = residents(12).map(({ device }) => device.mac);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

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

const device = (mac: string | undefined, query = "") => `${home.url}/devices/${mac}${query}`;
const section = (page: Page, title: string) =>
  page.locator("section", { has: page.getByRole("heading", { name: title, exact: true }) });
const names = (page: Page, title: string) => section(page, title).locator("[role=row] .name").allInnerTexts();
/** Where the page has gone: its path and query. */
function gone(page: Page): { path: string; query: Record<string, string> } {
  const { pathname, searchParams } = new URL(page.url());
  return { path: pathname, query: Object.fromEntries(searchParams) };
}
const fault = (error: string, status = 503) => ({
  status,
  contentType: "application/json",
  body: JSON.stringify({ error, hint: "Traffic goes on. Try again in a moment." }),
});

describe("the last 24 hours", () => {
  const chart = (page: Page) => page.getByRole("slider", { name: /in the last 24 hours/ });
  const ready = async (page: Page) => {
    await section(page, "Last 24 hours")
      .getByText(/GB down/)
      .waitFor();
    return chart(page);
  };

  test("a drag leads to the traffic of that time and device", async () => {
    const page = await viewer.open(device(LAPTOP));
    const box = (await (await ready(page)).boundingBox())!;
    const at = (part: number) => [box.x + box.width * part, box.y + box.height / 2] as const;
    await page.mouse.move(...at(0.25));
    await page.mouse.down();
    await page.mouse.move(...at(0.4), { steps: 4 });
    await page.mouse.move(...at(0.5), { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/\/traffic/);
    const { path, query } = gone(page);
    expect({ path, device: query.device }).toEqual({ path: "/traffic", device: LAPTOP! });
    expect([Number(query.from) - START + 0.75 * DAY, Number(query.to) - START + 0.5 * DAY]).toEqual([
      expect.closeTo(0, -6),
      expect.closeTo(0, -6),
    ]);
    await page.close();
  });

  test("a click leads to the hour around it, and so do keys alone", async () => {
    const page = await viewer.open(device(LAPTOP));
    const box = (await (await ready(page)).boundingBox())!;
    await page.mouse.click(box.x + box.width / 3, box.y + 30);
    await page.waitForURL(/\/traffic/);
    const clicked = gone(page).query;
    expect(Number(clicked.to) - Number(clicked.from)).toBe(HOUR);
    await page.goBack();
    await (await ready(page)).focus();
    for (let i = 0; i < 12; i++) await page.keyboard.press("ArrowLeft");
    const said = await chart(page).getAttribute("aria-valuetext");
    expect(said).toMatch(/^\d\d:\d\d: .*bit\/s down, .*bit\/s up$/);
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/traffic/);
    const { query } = gone(page);
    const middle = new Date((Number(query.from) + Number(query.to)) / 2);
    expect(middle.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })).toBe(
      said!.slice(0, 5),
    );
    await page.close();
  });

  test("what is from before the recording began is empty, not zero", async () => {
    await using young = await startUi(SCRIPT);
    await fetch(`${young.url}/api/traffic`, { method: "DELETE", headers: { origin: young.url } });
    await young.minute();
    await young.minute();
    const page = await viewer.open(`${young.url}/devices/${LAPTOP}`);
    await section(page, "Last 24 hours")
      .getByText(/ up since \d\d:\d\d$/)
      .waitFor();
    await chart(page).focus();
    await page.keyboard.press("Home");
    expect(await chart(page).getAttribute("aria-valuetext")).toMatch(/nothing is known$/);
    await page.close();
  });
});

describe("where it talks", () => {
  test("now and over a day, by name and how the name is known; each leads to its traffic", async () => {
    const page = await viewer.open(device(LAPTOP));
    await section(page, "Where it talks").getByText("relay12.huddle.example").waitFor();
    expect(await names(page, "Where it talks")).not.toContain("imap.mailhaven.example");
    await section(page, "Where it talks").getByRole("button", { name: "24 hours" }).click();
    await section(page, "Where it talks").getByRole("button", { name: "All 8" }).click();
    await section(page, "Where it talks").getByText("imap.mailhaven.example").waitFor();
    await section(page, "Where it talks").getByText("by its address").first().waitFor();
    expect(gone(page).query).toEqual({ talks: "day", all: "places" });
    await page.reload();
    await section(page, "Where it talks").getByRole("button", { name: "Only the first" }).waitFor();
    await section(page, "Where it talks").getByRole("searchbox").fill("imap");
    await section(page, "Where it talks").getByText("imap.mailhaven.example").click();
    await page.waitForURL(/\/traffic/);
    const { query } = gone(page);
    expect({ ...query, from: Number(query.to) - Number(query.from), to: 0 }).toEqual({
      device: LAPTOP!,
      remote: "198.51.100.143",
      from: DAY,
      to: 0,
    } as never);
    await page.close();
  });

  test("says what the traffic was for, and a filter finds a place", async () => {
    const page = await viewer.open(device(LAPTOP));
    await section(page, "Where it talks")
      .getByText(/In 24 hours: .*VPN \d+\s%/)
      .waitFor();
    await section(page, "Where it talks").getByRole("searchbox").fill("forge");
    await eventually(() => names(page, "Where it talks"), ["git.forge.example"]);
    await section(page, "Where it talks").getByRole("searchbox").fill("nobody");
    await section(page, "Where it talks").getByText("Nothing matches “nobody”").waitFor();
    expect(gone(page).query).toEqual({ place: "nobody" });
    await page.close();
  });
});

describe("what it asked", () => {
  test("repeated questions are one row with a count, and the outcome is told", async () => {
    const page = await viewer.open(device(LAPTOP));
    const questions = section(page, "What it asked");
    await questions.getByText("40 questions to the router").waitFor();
    const shown = await names(page, "What it asked");
    expect(new Set(shown).size).toBe(shown.length);
    await questions
      .getByText(/^×\d+$/)
      .first()
      .waitFor();
    await questions.getByRole("searchbox").fill("wpad");
    await eventually(() => names(page, "What it asked"), ["wpad.home.example"]);
    await questions.getByText("No such name").waitFor();
    expect(gone(page).query).toEqual({ question: "wpad" });
    await page.close();
  });

  test("a device that has asked for nothing is told of, and why that may be", async () => {
    const page = await viewer.open(device(LAPTOP));
    await page.route("**/questions", (route) => route.fulfill({ json: [] }));
    await page.reload();
    await page.getByText("It has not asked the router for a name lately").waitFor();
    await page.close();
  });
});

describe("each section for itself", () => {
  test("says why there is no answer and what to do, and shows it as soon as there is one", async () => {
    const page = await viewer.open(`${home.url}/devices`);
    await page.route("**/api/traffic/totals*", (route) => route.fulfill(fault("The account did not answer")));
    await page.goto(device(LAPTOP));
    await section(page, "Where it talks").getByText("The account did not answer.").waitFor();
    await section(page, "Where it talks").getByText("Traffic goes on. Try again in a moment.").waitFor();
    await section(page, "What it asked").getByText("40 questions").waitFor();
    await page.unroute("**/api/traffic/totals*");
    await section(page, "Where it talks").getByText("relay12.huddle.example").waitFor();
    await page.close();
  });

  test("keeps what it knows when the next answer does not come, and says so", async () => {
    const page = await viewer.open(device(LAPTOP));
    await section(page, "Where it talks").getByText("relay12.huddle.example").waitFor();
    await page.route("**/api/traffic/totals*", (route) => route.fulfill(fault("The account did not answer")));
    await section(page, "Where it talks")
      .getByText("This list is not up to date. The account did not answer.")
      .waitFor();
    expect(await names(page, "Where it talks")).toContain("relay12.huddle.example");
    await page.close();
  });

  test("is asked for only as often as it can change", async () => {
    const page = await viewer.open(`${home.url}/devices`);
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname.split("/").pop()!));
    await page.goto(device(LAPTOP));
    // One is of 24 hours; the others, of now, are two seconds apart and take eight.
    await eventually(async () => asked.filter((name) => name === "totals").length >= 6, true);
    const times = (name: string) => asked.filter((path) => path === name).length;
    // Series and how far they reach: of the day, and of the last minute.
    expect([times("series"), times("extent"), times("questions") <= 3, times("captures") <= 3]).toEqual([
      2,
      2,
      true,
      true,
    ]);
    await page.close();
  });

  test("nothing moves while the answers come, on phone and desktop, and all is in reach of a finger", async () => {
    for (const viewport of [PHONE, { width: 1440, height: 2600 }]) {
      const page = await viewer.open(device(DOORBELL), { viewport });
      await section(page, "Worth a look").getByText("Doorbell sent 690 MB").waitFor();
      await section(page, "What it asked").getByText("40 questions").waitFor();
      await section(page, "Where it talks")
        .getByText(/In 24 hours/)
        .waitFor();
      // A figure and its unit share a width that is kept for both, within which they move; a row would be ten times as much.
      const isStill = (await shifts(page)) < 0.001;
      expect({ isStill, ...(await unhandy(page)) }).toEqual({ isStill: true, wide: 0, small: [] });
      await page.close();
    }
  });
});

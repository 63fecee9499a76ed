import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually } from "../harness/eventually.ts";
import { START } from "../harness/scripted-home.ts";
import {
  FIXED,
  MINUTE,
  PAST,
  query,
  rangeOf,
  rows,
  TrafficViewer,
  timeline,
  told,
} from "../harness/traffic-view.ts";

setDefaultTimeout(60_000);

let viewer: TrafficViewer;
const open: TrafficViewer["open"] = (...how) => viewer.open(...how);

beforeAll(async () => {
  viewer = await TrafficViewer.start();
});
afterAll(() => viewer.end());
/** No test leaves an error in the console. */
afterEach(async () => {
  expect(await viewer.closePages()).toEqual([]);
});

describe("zoom", () => {
  test("by wheel, with the time under the pointer where it was", async () => {
    const page = await open(FIXED);
    await page.getByRole("table", { name: "Who" }).getByText("Living room TV").waitFor();
    const box = (await timeline(page).boundingBox())!;
    const part = 0.25;
    await page.mouse.move(box.x + box.width * part, box.y + 100);
    const before = PAST.from + part * MINUTE;
    await page.mouse.wheel(0, -200);
    await eventually(async () => rangeOf(page).to < PAST.to, true);
    const { from, to } = rangeOf(page);
    expect(Math.abs(from + part * (to - from) - before)).toBeLessThan(60);
    await page.mouse.wheel(0, 2_000);
    await eventually(async () => rangeOf(page).to - rangeOf(page).from > MINUTE, true);
  });

  test("already while the first picture is still on its way", async () => {
    const page = await open();
    let answer = () => {};
    const held = new Promise<void>((resolve) => (answer = resolve));
    await page.route(/api\/traffic\/series/, async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(`${viewer.home.url}/traffic?${FIXED}`);
    await timeline(page).hover();
    await page.mouse.wheel(0, -200);
    await eventually(async () => rangeOf(page).to < PAST.to, true);
    answer();
    await page.getByText("Living room TV").first().waitFor();
  });

  test("down to a tenth of a second, where nothing finer is known", async () => {
    const page = await open(FIXED);
    await timeline(page).hover();
    for (let i = 0; i < 30; i++) await page.mouse.wheel(0, -240);
    await eventually(async () => Math.round(rangeOf(page).to - rangeOf(page).from) <= 101, true);
  });

  test("by keys, from the oldest to now and back", async () => {
    const page = await open(FIXED);
    await timeline(page).focus();
    const outline = await timeline(page).evaluate((element) => getComputedStyle(element).outlineStyle);
    expect(outline).toBe("solid");
    await page.keyboard.press("ArrowLeft");
    await eventually(async () => rangeOf(page), { from: PAST.from - 6_000, to: PAST.to - 6_000 });
    await page.keyboard.press("Shift+ArrowRight");
    await eventually(async () => rangeOf(page), { from: PAST.from + 24_000, to: PAST.to + 24_000 });
    await page.keyboard.press("+");
    await eventually(async () => rangeOf(page), { from: PAST.from + 33_000, to: PAST.from + 75_000 });
    await page.keyboard.press("Home");
    await eventually(async () => rangeOf(page).from, START - 24 * 60 * MINUTE);
    await page.keyboard.press("s");
    await page.getByRole("slider", { name: "Beginning of the selection" }).waitFor();
    await page.keyboard.press("Escape");
    await eventually(() => page.getByRole("slider").count(), 0);
    await page.keyboard.press("Escape");
    await eventually(async () => [query(page).get("from"), query(page).get("span")], [null, "42000"]);
    await page.goBack();
    await eventually(async () => rangeOf(page).from, START - 24 * 60 * MINUTE);
    await page.keyboard.press("l");
    await page.getByRole("button", { name: "Live", pressed: true }).waitFor();
  });

  test("by the lengths above the chart, around what is selected", async () => {
    const page = await open(`${FIXED}&select=${PAST.from + 10_000}-${PAST.from + 20_000}`);
    await page.getByRole("button", { name: "A second" }).click();
    await eventually(async () => rangeOf(page), { from: PAST.from + 14_500, to: PAST.from + 15_500 });
    await page.getByRole("button", { name: "24 hours" }).click();
    await page.getByRole("button", { name: "24 hours", pressed: true }).waitFor();
    await page.getByRole("button", { name: "Live", pressed: true }).waitFor();
  });

  test("by two fingers; one moves the chart and a resting one selects", async () => {
    const page = await open(FIXED, viewer.home, 390, true);
    await page.getByRole("table", { name: "Who" }).getByText("Living room TV").waitFor();
    const box = (await timeline(page).boundingBox())!;
    const cdp = await page.context().newCDPSession(page);
    const y = box.y + 120;
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", ...parts: number[]) => {
      const touchPoints = parts.map((part, id) => ({ x: box.x + part * box.width, y, id }));
      return cdp.send("Input.dispatchTouchEvent", { type, touchPoints });
    };
    await touch("touchStart", 0.4, 0.6);
    for (const reach of [0.15, 0.2, 0.25, 0.3]) await touch("touchMove", 0.5 - reach, 0.5 + reach);
    await touch("touchEnd");
    await eventually(async () => {
      const { from, to } = rangeOf(page);
      return (
        Math.abs(to - from - MINUTE / 3) < 3_000 &&
        Math.abs((from + to) / 2 - (PAST.from + MINUTE / 2)) < 2_000
      );
    }, true);
    const { from } = rangeOf(page);
    await touch("touchStart", 0.3);
    for (const at of [0.4, 0.5, 0.6, 0.8]) await touch("touchMove", at);
    await touch("touchEnd");
    await eventually(async () => from - rangeOf(page).from > 7_000, true);
    expect(query(page).get("select")).toBeNull();
    await touch("touchStart", 0.3);
    await page.getByRole("slider").first().waitFor();
    for (const at of [0.4, 0.6]) await touch("touchMove", at);
    await touch("touchEnd");
    await eventually(async () => query(page).get("select") !== null, true);
  });
});

describe("a range that is dragged", () => {
  test("is what tables and statistics follow; its edges move, Escape drops it, a double click enters it", async () => {
    const page = await open(FIXED);
    await eventually(() => rows(page, "Who"), await told("device"));
    const box = (await timeline(page).boundingBox())!;
    const at = (part: number) => [box.x + part * box.width, box.y + 120] as const;
    await page.mouse.move(...at(0.25));
    await page.mouse.down();
    await page.mouse.move(...at(0.4));
    await page.mouse.move(...at(0.5));
    await page.mouse.up();
    const selected = () => {
      const [from, to] = (query(page).get("select") ?? "").split("-").map(Number);
      return { from: from!, to: to! };
    };
    await eventually(async () => Math.abs(selected().from - PAST.from - MINUTE / 4) < 200, true);
    expect(Math.abs(selected().to - PAST.from - MINUTE / 2)).toBeLessThan(200);
    await eventually(() => rows(page, "Who"), await told("device", {}, selected()));

    const edge = page.getByRole("slider", { name: "End of the selection" });
    await edge.focus();
    const { to } = selected();
    await page.keyboard.press("ArrowRight");
    await eventually(async () => selected().to, to + 600);
    const handle = (await edge.boundingBox())!;
    await page.mouse.move(handle.x + handle.width / 2, handle.y + 60);
    await page.mouse.down();
    await page.mouse.move(...at(0.75));
    await page.mouse.up();
    await eventually(async () => Math.abs(selected().to - PAST.from - 0.75 * MINUTE) < 200, true);
    await eventually(() => rows(page, "What for"), await told("service", {}, selected()));

    const entered = selected();
    await page.mouse.dblclick(...at(0.6));
    await eventually(async () => rangeOf(page), entered);
    expect(query(page).get("select")).toBeNull();
  });

  test("stops the live view where it is, and does not move the page", async () => {
    const page = await open();
    await page.getByRole("table", { name: "Who" }).getByText("Living room TV").waitFor();
    const box = (await timeline(page).boundingBox())!;
    await page.mouse.move(box.x + 300, box.y + 120);
    await page.mouse.down();
    await page.mouse.move(box.x + 500, box.y + 120);
    await page.mouse.up();
    await page.getByRole("button", { name: "Live", pressed: false }).waitFor();
    expect((await timeline(page).boundingBox())!.y).toBe(box.y);
  });
});

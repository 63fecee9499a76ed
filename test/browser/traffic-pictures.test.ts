import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { modeFrame } from "@gatehouse/runtime/wire/live/encode.ts";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../harness/browser.ts";
import { residents, START } from "../harness/scripted-home.ts";
import { startUi, type UiProcess } from "../harness/ui-process.ts";

setDefaultTimeout(120_000);

const FOLDER = join(import.meta.dir, "../../build/screenshots");
const VIEWPORTS = [
  { name: "390", width: 390, height: 844, deviceScaleFactor: 2, hasTouch: true },
  { name: "1440", width: 1440, height: 900, deviceScaleFactor: 1, hasTouch: false },
];
const [TV, LAPTOP] = residents(12).map(({ device }) => device.mac);
const AT = START - 65_000;
const MINUTE = `from=${AT}&to=${AT + 60_000}`;
const known = (page: Page) => page.getByRole("table", { name: "Who" }).locator("tbody tr").first().waitFor();

interface Picture {
  name: string;
  query?: string;
  devices?: number;
  /** Before the page is opened. */
  prepare?: (page: Page) => Promise<unknown>;
  /** Until it is worth a picture. */
  pose?: (page: Page) => Promise<unknown>;
  /** All of the page, not just the window. */
  whole?: boolean;
}

const PICTURES: Picture[] = [
  { name: "live", whole: true },
  { name: "day", query: "span=86400000&by=domain" },
  { name: "second", query: `from=${AT}&to=${AT + 1_000}` },
  {
    name: "reading",
    query: MINUTE,
    async pose(page) {
      const box = (await page.getByRole("application").boundingBox())!;
      await page.mouse.move(box.x + box.width * 0.42, box.y + 150);
      await page.getByText("Down then").waitFor();
    },
  },
  { name: "selected", query: `${MINUTE}&select=${AT + 21_000}-${AT + 35_000}&by=service` },
  { name: "filtered", query: `device=${TV}&domain=streambox.example&by=remote`, whole: true },
  { name: "service", query: "service=17:443", whole: true },
  { name: "not-recorded", query: `from=${START - 90_000_000}&to=${START - 60_000_000}` },
  { name: "silent", query: `from=${START - 190_000_000}&to=${START - 189_000_000}`, whole: true },
  { name: "one-device", devices: 1 },
  { name: "nobody", devices: 0 },
  { name: "crowd", devices: 200, whole: true },
  {
    name: "packets",
    query: `packets&device=${LAPTOP}`,
    pose: (page) => page.getByRole("region", { name: "Packets" }).scrollIntoViewIfNeeded(),
  },
  {
    name: "sums",
    query: "packets",
    prepare: (page) =>
      page.routeWebSocket(/traffic\/live/, (socket) => {
        const server = socket.connectToServer();
        server.onMessage((message) => {
          if (typeof message === "string" || (message[0] !== 2 && message[0] !== 3)) socket.send(message);
        });
        socket.onMessage((message) => {
          server.send(message);
          socket.send(Buffer.from(modeFrame("sums", "budget", 128_345)));
        });
      }),
    pose: (page) => page.getByRole("region", { name: "Packets" }).scrollIntoViewIfNeeded(),
  },
  { name: "save", query: MINUTE, pose: (page) => page.getByRole("button", { name: "Save" }).click() },
  {
    name: "fault",
    query: MINUTE,
    prepare: (page) =>
      page.route(/api\/traffic\/(series|totals|statistics)/, (route) =>
        route.fulfill({
          status: 503,
          json: {
            error: "The history did not answer",
            hint: "It is being started again; this page tries again by itself.",
          },
        }),
      ),
    pose: (page) => page.getByText("The history did not answer").first().waitFor(),
  },
];

let browser: Browser;
const homes = new Map<number, UiProcess>();

beforeAll(async () => {
  browser = await launchBrowser();
  for (const devices of [12, 1, 0, 200]) homes.set(devices, await startUi({ devices, internet: "online" }));
  await homes.get(12)!.minute();
});
afterAll(async () => {
  await browser.close();
  for (const home of homes.values()) await home[Symbol.asyncDispose]();
});

for (const { name, query = "", devices = 12, prepare, pose, whole = false } of PICTURES) {
  test(`traffic, ${name}: in both themes on phone and desktop`, async () => {
    for (const { name: size, ...viewport } of VIEWPORTS) {
      const { deviceScaleFactor, hasTouch, width, height } = viewport;
      const page = await browser.newPage({
        viewport: { width, height },
        deviceScaleFactor,
        hasTouch,
        timezoneId: "UTC",
      });
      await prepare?.(page);
      await page.goto(`${homes.get(devices)!.url}/traffic?${query}`);
      if (prepare === undefined && devices > 0 && name !== "silent") await known(page);
      await pose?.(page);
      // The chart eases to its scale and figures settle: two seconds of the page's own clock.
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 2_000)));
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await page.evaluate(() => new Promise(requestAnimationFrame));
        const path = join(FOLDER, `traffic-${name}-${size}-${colorScheme}.png`);
        const picture = await page.screenshot({ path, fullPage: whole });
        expect(picture.byteLength).toBeGreaterThan(10_000);
      }
      await page.close();
    }
  });
}

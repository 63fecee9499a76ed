import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../harness/browser.ts";
import { residents } from "../harness/scripted-home.ts";
import type { Script } from "../harness/scripted-router.ts";
import { startUi } from "../harness/ui-process.ts";

setDefaultTimeout(120_000);

const FOLDER = join(import.meta.dir, "../../build/screenshots");
const [PHONE, DESKTOP] = [
  { name: "390", width: 390, height: 844, deviceScaleFactor: 2 },
  { name: "1440", width: 1440, height: 900, deviceScaleFactor: 1 },
];
const LAPTOP = residents(12)[1]!.device.mac;
const NAS = residents(12)[2]!.device.mac;
const LONG_NAME = residents(12)[11]!.device.mac;

/** Each picture: what the home is like, and which view of it. */
const PICTURES: [name: string, script: Script, path: string][] = [
  ["home", { devices: 12, internet: "online" }, "/"],
  ["devices", { devices: 12, internet: "online" }, "/devices"],
  ["device", { devices: 12, internet: "online" }, `/devices/${LAPTOP}`],
  ["device-doors", { devices: 12, internet: "online" }, `/devices/${NAS}?list=doors`],
  ["device-strict", { devices: 12, internet: "online", nat: "short" }, `/devices/${LAPTOP}`],
  ["device-away", { devices: 12, internet: "online", nat: "away" }, `/devices/${LAPTOP}`],
  ["network", { devices: 12, internet: "online" }, "/network"],
  ["configuration", { devices: 12, internet: "online" }, "/system/configuration"],
  ["api", { devices: 12, internet: "online" }, "/api/docs"],
  ["home-unplugged", { devices: 12, internet: "unplugged" }, "/"],
  ["network-unplugged", { devices: 12, internet: "unplugged" }, "/network"],
  ["home-empty", { devices: 0, internet: "online" }, "/"],
  ["home-crowd", { devices: 200, internet: "online" }, "/"],
  ["devices-crowd", { devices: 200, internet: "online" }, "/devices"],
  ["device-long-name", { devices: 12, internet: "online" }, `/devices/${LONG_NAME}`],
  ["nothing", { devices: 12, internet: "online" }, "/attic"],
];

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser.close());

for (const [name, script, path] of PICTURES) {
  test(`${name} in both themes on phone and desktop`, async () => {
    await using router = await startUi(script);
    for (const { name: size, deviceScaleFactor, ...viewport } of [PHONE!, DESKTOP!]) {
      const page = await browser.newPage({ viewport, deviceScaleFactor, colorScheme: "light" });
      await page.goto(router.url + path);
      await page.waitForFunction(() => document.querySelector("h1, a[href='/']:not(.brand)"));
      await router.minute();
      // The chart eases to its scale and figures settle: two seconds of the page's own clock.
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 2_300)));
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        const picture = await page.screenshot({ path: join(FOLDER, `${name}-${size}-${colorScheme}.png`) });
        expect(picture.byteLength).toBeGreaterThan(5_000);
      }
      await page.close();
    }
  });
}

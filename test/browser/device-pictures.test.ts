import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { residents } from "../harness/scripted-home.ts";
import type { Script } from "../harness/scripted-router.ts";
import { startUi } from "../harness/ui-process.ts";
import { DESKTOP, PHONE, Viewer } from "../harness/viewer.ts";

setDefaultTimeout(120_000);

const FOLDER = join(import.meta.dir, "../../build/screenshots");
const SCRIPT: Script = { devices: 12, internet: "online" };
const [TV, LAPTOP, , , , , DOORBELL, , PRINTER, , LEILA, TABLET] = residents(12).map(
  ({ device }) => `/devices/${device.mac}`,
);

/** Brings the section with this heading to the top of the window. */
const to = (heading: string) => async (page: Page) => {
  const section = page.locator("section", { has: page.getByRole("heading", { name: heading, exact: true }) });
  await section.evaluate((element) => element.scrollIntoView({ block: "start" }));
  await page.evaluate(() => scrollBy(0, -16));
};
/** The account of the traffic answers nothing. */
const silent = (page: Page) =>
  page.route("**/api/{traffic,captures}/**", (route) =>
    route.fulfill({
      status: 503,
      json: {
        error: "The account of the traffic did not answer",
        hint: "Traffic goes on, and is counted. Try again in a moment.",
      },
    }),
  );

interface Picture {
  name: string;
  path: string;
  script?: Partial<Script>;
  /** Before the page is opened. */
  prepare?: (page: Page) => Promise<unknown>;
  /** What somebody does before it is taken. */
  act?: (page: Page) => Promise<unknown>;
}

const PICTURES: Picture[] = [
  { name: "device-day", path: TV!, act: to("Last 24 hours") },
  { name: "device-notice", path: DOORBELL!, act: to("Last 24 hours") },
  { name: "device-places", path: LAPTOP!, act: to("Where it talks") },
  { name: "device-places-day", path: `${LAPTOP}?talks=day&all=places`, act: to("Where it talks") },
  { name: "device-places-none", path: PRINTER!, act: to("Where it talks") },
  { name: "device-questions", path: LEILA!, act: to("What it asked") },
  { name: "device-silent", path: LAPTOP!, prepare: silent, act: to("Last 24 hours") },
  {
    name: "device-packets",
    path: LAPTOP!,
    async act(page) {
      await page.getByText("A time of your own").click();
      await page.getByText("Watch it live in Wireshark").click();
      await to("Its latest packets")(page);
    },
  },
  {
    name: "device-delete",
    path: TABLET!,
    async act(page) {
      await page.getByRole("button", { name: "Delete what was recorded" }).click();
    },
  },
  { name: "home-notices", path: "/", act: to("Worth a look") },
  { name: "home-calm", path: "/", script: { devices: 3 }, act: to("Worth a look") },
  { name: "privacy", path: "/privacy" },
  {
    name: "privacy-changes",
    path: "/privacy",
    async act(page) {
      await page.getByRole("radio", { name: /household/ }).check();
      await page.getByRole("spinbutton", { name: "Every second" }).fill("3");
      await page.getByRole("spinbutton", { name: "Last 24 hours" }).fill("12");
      await page.getByLabel("Do not record one more device").selectOption({ label: "Doorbell" });
      await page.evaluate(() => scrollTo(0, 250));
    },
  },
  { name: "privacy-owner", path: "/privacy", script: { access: "owner-only" } },
  { name: "privacy-silent", path: "/privacy", prepare: silent },
];

let viewer: Viewer;
beforeAll(async () => {
  viewer = await Viewer.arrive();
});
afterAll(() => viewer[Symbol.asyncDispose]());

for (const { name, path, script, prepare, act } of PICTURES) {
  test(`${name} in both themes on phone and desktop`, async () => {
    await using router = await startUi({ ...SCRIPT, ...script });
    for (const [size, viewport] of [PHONE, DESKTOP].map((view) => [view.width, view] as const)) {
      const page = await viewer.open(`${router.url}/api/docs`, {
        viewport,
        deviceScaleFactor: viewport === PHONE ? 2 : 1,
        colorScheme: "light",
      });
      await prepare?.(page);
      await page.goto(router.url + path);
      await page.waitForFunction(() => document.querySelector("h1"));
      await router.minute();
      // The chart eases to its scale and answers come: two seconds of the page's own clock.
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 2_300)));
      await act?.(page);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        const picture = await page.screenshot({ path: join(FOLDER, `${name}-${size}-${colorScheme}.png`) });
        expect(picture.byteLength).toBeGreaterThan(5_000);
      }
      await page.close();
    }
  });
}

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { parseConfig } from "@gatehouse/runtime/config/parse.ts";
import { hideSecrets } from "@gatehouse/runtime/config/secrets.ts";
import type { Page } from "playwright-core";
import { eventually } from "../harness/eventually.ts";
import type { Script } from "../harness/scripted-router.ts";
import { startUi, type UiProcess } from "../harness/ui-process.ts";
import { PHONE, shifts, unhandy, Viewer } from "../harness/viewer.ts";

setDefaultTimeout(60_000);

const SCRIPT: Script = { devices: 12, internet: "online" };
const FOLDER = join(import.meta.dir, "../../build/screenshots");

const parsed = parseConfig({
  version: 2,
  lans: [{}, { name: "guest", ports: [] }],
  wifi: {
    country: "DE",
    networks: [
      { name: "Villa Kunterbunt", passphrase: "pippi;lang:strumpf" },
      {
        name: "Kunterbunt Gäste",
        passphrase: "herzlich willkommen",
        lan: "guest",
        isolated: true,
        off: [{ from: "23:00", to: "06:00", days: ["mon", "tue"] }],
      },
    ],
  },
});
if ("faults" in parsed) throw new Error(JSON.stringify(parsed.faults));
const document = hideSecrets(parsed.config);

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

/** The router's answer to a change; what was sent is kept. */
type Answer = { status: number; json: unknown };
const KEPT: Answer = { status: 200, json: { revision: 8, trial: null } };

/** Puts a configuration behind the page, whose router has none that could be changed. */
async function open(options: object = {}, answer: () => Answer = () => KEPT) {
  const sent: { document: typeof document }[] = [];
  const page = await viewer.open(home.url, options);
  await page.route("**/api/configuration", (route) => {
    if (route.request().method() === "GET") return route.fulfill({ json: { revision: 7, document } });
    sent.push(route.request().postDataJSON());
    return route.fulfill(answer());
  });
  await page.goto(`${home.url}/wifi`);
  await form(page, "Villa Kunterbunt").waitFor();
  return { page, sent };
}

const form = (page: Page, name: string) => page.getByRole("group", { name: `Wireless network ${name}` });
const changes = (page: Page) => page.getByRole("region", { name: "Changes" });

describe("wireless networks", () => {
  test("are reached from Network, and tell their state and who has joined", async () => {
    const page = await viewer.open(`${home.url}/network`);
    await page.getByRole("link", { name: "Networks, radios and who has joined" }).click();
    await page.getByRole("heading", { name: "Wi-Fi", exact: true }).waitFor();
    await page.getByRole("link", { name: "Mara's laptop" }).waitFor();
    await page.getByText("strong, -41 dBm").waitFor();
    await page.getByText("signal not known").waitFor();
    await page.close();
  });

  test("are changed together, and what is not touched is sent as it was", async () => {
    const { page, sent } = await open();
    await form(page, "Villa Kunterbunt").getByLabel("Name").fill("Villa");
    await form(page, "Villa").getByLabel("Security").selectOption("wpa3");
    await form(page, "Villa").getByRole("checkbox", { name: "2.4 GHz" }).uncheck();
    const guests = form(page, "Kunterbunt Gäste");
    await guests.getByText("Hidden, kept apart, hours").click();
    await guests.getByRole("button", { name: "Wednesday" }).click();
    await guests.getByLabel("From").fill("22:30");
    await page.getByRole("group", { name: "Radio wlp5s0" }).getByLabel("Band").selectOption("2.4");
    await page.getByLabel("Where the router stands").selectOption("AT");
    expect(sent).toEqual([]);
    await changes(page).getByRole("button", { name: "Save" }).click();
    await changes(page).getByText("not saved yet").waitFor({ state: "detached" });
    const [first, second] = parsed.config.wifi.networks;
    expect(sent).toEqual([
      {
        revision: 7,
        why: "Wi-Fi",
        document: {
          ...document,
          wifi: {
            country: "AT",
            radios: [
              ...document.wifi.radios,
              { ...document.wifi.radios[0]!, interface: "wlp5s0", band: "2.4", channel: "auto" },
            ],
            networks: [
              { ...first!, name: "Villa", security: "wpa3", bands: ["5", "6"] },
              { ...second!, off: [{ from: "22:30", to: "06:00", days: ["mon", "tue", "wed"] }] },
            ],
          },
        },
      } as never,
    ]);
    await page.close();
  });

  test("one is added with a passphrase that is made for it, and can be discarded", async () => {
    const { page } = await open();
    await page.getByRole("button", { name: "Add a wireless network" }).click();
    const added = form(page, "Guests");
    const passphrase = added.getByLabel("Passphrase");
    expect(await passphrase.inputValue()).toMatch(/^([a-z2-9]{5}-){3}[a-z2-9]{5}$/);
    const before = await passphrase.inputValue();
    await added.getByRole("button", { name: "Suggest one" }).click();
    expect(await passphrase.inputValue()).not.toBe(before);
    expect(await added.getByLabel("Belongs to").inputValue()).toBe("guest");
    await added.getByRole("button", { name: "Remove this wireless network" }).click();
    await eventually(() => form(page, "Guests").count(), 0);
    await page.getByRole("button", { name: "Add a wireless network" }).click();
    await changes(page).getByRole("button", { name: "Discard" }).click();
    await eventually(() => form(page, "Guests").count(), 0);
    await page.close();
  });

  test("what the router refuses is told beside its field", async () => {
    const { page } = await open({}, () => ({
      status: 422,
      json: {
        error: "two faults",
        hint: "Nothing was changed.",
        fields: [
          { field: "wifi.networks.1.passphrase", reason: "the value is not 8 to 63 letters" },
          { field: "wifi.radios.0.channel", reason: "there is no channel 44 at 2.4 GHz" },
        ],
      },
    }));
    const guests = form(page, "Kunterbunt Gäste");
    await guests.getByLabel("Passphrase").fill("short");
    await changes(page).getByRole("button", { name: "Save" }).click();
    await guests.getByText("the value is not 8 to 63 letters").waitFor();
    await page.getByRole("group", { name: "Radio wlp5s0" }).getByText("there is no channel 44").waitFor();
    await changes(page).getByText("Nothing was saved: see the marked fields.").waitFor();
    expect(await guests.getByLabel("Passphrase").getAttribute("aria-invalid")).toBe("true");
    await guests.getByLabel("Passphrase").fill("long enough");
    await eventually(() => guests.getByText("the value is not").count(), 0);
    await page.close();
  });

  test("show a code to join by, and a radio that cannot serve says why", async () => {
    const { page } = await open();
    await form(page, "Villa Kunterbunt").getByText("Code to join").click();
    await page.getByRole("img", { name: "Code to join Villa Kunterbunt" }).waitFor();
    await page
      .getByRole("group", { name: "Radio wlx00c0ca98a1b2" })
      .getByText("plug in another radio")
      .waitFor();
    await page.close();
  });

  test("are the owner's to change; others see who has joined, and no passphrase", async () => {
    await using strict = await startUi({ ...SCRIPT, access: "owner-only" });
    const page = await viewer.open(`${strict.url}/wifi`);
    await page.getByRole("heading", { name: "Choose the owner’s password" }).waitFor();
    await page.getByRole("link", { name: "Mara's laptop" }).waitFor();
    expect([await page.getByLabel("Passphrase").count(), await page.content()]).toEqual([
      0,
      expect.not.stringContaining("strumpf"),
    ]);
    await page.close();
  });
});

test("nothing moves while the answers come, and all is in reach of a finger", async () => {
  for (const viewport of [{ width: 360, height: 800 }, PHONE, { width: 1440, height: 900 }]) {
    const { page } = await open({ viewport });
    await page.getByRole("link", { name: "Mara's laptop" }).waitFor();
    const isStill = (await shifts(page)) < 0.001;
    await form(page, "Kunterbunt Gäste").getByText("Hidden, kept apart, hours").click();
    await form(page, "Kunterbunt Gäste").getByText("Code to join").click();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const path = join(FOLDER, `wifi-${viewport.width}-${colorScheme}.png`);
      expect((await page.screenshot({ path, fullPage: true })).byteLength).toBeGreaterThan(5_000);
    }
    expect({ isStill, ...(await unhandy(page)) }).toEqual({ isStill: true, wide: 0, small: [] });
    await page.close();
  }
});

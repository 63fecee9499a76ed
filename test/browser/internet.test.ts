import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { eventually } from "../harness/eventually.ts";
import { ScriptedConfiguration } from "../harness/scripted-configuration.ts";
import type { Script } from "../harness/scripted-router.ts";
import { startUi, type UiProcess } from "../harness/ui-process.ts";
import { DESKTOP, PHONE, shifts, unhandy, Viewer } from "../harness/viewer.ts";

setDefaultTimeout(60_000);

const SCRIPT: Script = { devices: 12, internet: "online" };
const FOLDER = join(import.meta.dir, "../../build/screenshots");
const DOCUMENT = {
  version: 2,
  wans: [
    {
      name: "fibre",
      port: "enp1s0",
      vlan: 7,
      mode: "pppoe",
      pppoe: { user: "home@provider.example", password: "secret" },
      download: 250,
      upload: 40,
    },
    { name: "mobile", port: "enp4s0" },
  ],
};

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

async function open(options: Parameters<Viewer["open"]>[1] = {}) {
  const configuration = new ScriptedConfiguration(DOCUMENT);
  const page = await viewer.open(`${home.url}/network`, options);
  await configuration.answer(page);
  await page.getByRole("link", { name: "Ways to the Internet, and which port they are on" }).click();
  await form(page, "fibre").waitFor();
  return { page, configuration };
}

const form = (page: Page, name: string) => page.getByRole("group", { name: `Way ${name}` });
const changes = (page: Page) => page.getByRole("region", { name: "Changes" });
const save = (page: Page) => changes(page).getByRole("button", { name: "Save" }).click();

describe("ways to the Internet", () => {
  test("are told with which of them is used, and what is wrong with the other", async () => {
    const { page } = await open();
    await page.getByText("the provider refused the user name or the password; correct them.").waitFor();
    await page.getByText("In use").waitFor();
    await page.getByText("100.64.12.7/10").waitFor();
    await page.close();
  });

  test("are changed and kept as they are meant; their order is their preference", async () => {
    const { page, configuration } = await open();
    const fibre = form(page, "fibre");
    await fibre.getByLabel("User").fill("other@provider.example");
    await fibre.getByLabel("Password", { exact: true }).fill('n"ew \\ one');
    await fibre.getByLabel("Sends, Mbit/s").fill("");
    await fibre.getByText("VLAN, hardware address, packet size").click();
    await fibre.getByLabel("Largest packet").fill("1500");
    const mobile = form(page, "mobile");
    await mobile.getByLabel("Address", { exact: true }).selectOption("static");
    await mobile.getByLabel("Internet address").fill("203.0.113.5/24");
    await mobile.getByLabel("Provider’s router").fill("203.0.113.1");
    await mobile.getByLabel("Name servers").fill("203.0.113.53, 203.0.113.54");
    await mobile.getByRole("button", { name: "Prefer it" }).click();
    await save(page);
    await changes(page).getByText("Saved.").waitFor();
    const [first, second] = configuration.kept[0]!.document.wans;
    expect([configuration.kept[0]!.why, first, second]).toMatchObject([
      "Ways to the Internet",
      {
        name: "mobile",
        mode: "static",
        static: {
          address: "203.0.113.5/24",
          gateway: "203.0.113.1",
          dns: ["203.0.113.53", "203.0.113.54"],
        },
      },
      {
        name: "fibre",
        vlan: 7,
        mtu: 1500,
        pppoe: { user: "other@provider.example", password: 'n"ew \\ one' },
        download: 250,
        upload: null,
      },
    ]);
    await page.close();
  });

  test("what is wrong stands beside the field it concerns, and nothing is kept", async () => {
    const { page, configuration } = await open();
    await form(page, "fibre").getByLabel("User").fill("");
    await form(page, "mobile").getByText("VLAN, hardware address, packet size").click();
    await form(page, "mobile").getByLabel("Hardware address").fill("01:00:5e:10:00:01");
    await save(page);
    await changes(page).getByText("Nothing was saved: see the marked fields.").waitFor();
    expect([
      await form(page, "fibre").getByRole("alert").allInnerTexts(),
      await form(page, "mobile").getByRole("alert").allInnerTexts(),
      configuration.kept,
    ]).toEqual([
      [expect.stringContaining("give the name the provider gave for signing in"), ""],
      [expect.stringContaining("is no address that a single device may have")],
      [],
    ]);
    await page.getByRole("button", { name: "Add a way to the Internet" }).click();
    await save(page);
    await form(page, "internet").getByRole("alert").filter({ hasText: "interface name" }).waitFor();
    await page.close();
  });

  test("every port is asked who offers the Internet there", async () => {
    const { page } = await open();
    await page.getByRole("button", { name: "Ask on every port" }).click();
    await page.getByText("The Internet comes by enp1s0, after signing in.").waitFor();
    await page.getByText("ac3.provider.example signs in by PPPoE").waitFor();
    await page.getByText("100.64.0.1 gives addresses by DHCP").waitFor();
    await page.close();
  });

  for (const [name, viewport] of [
    ["desktop", DESKTOP],
    ["phone", PHONE],
  ] as const) {
    for (const colorScheme of ["light", "dark"] as const) {
      test(`is drawn for ${name}, ${colorScheme}, handy and without jumps`, async () => {
        const { page } = await open({ viewport, colorScheme });
        await page.getByRole("button", { name: "Ask on every port" }).click();
        await page.getByText("The Internet comes by").waitFor();
        await eventually(async () => (await shifts(page)) < 0.001, true);
        expect(await unhandy(page)).toEqual({ wide: 0, small: [] });
        await page.screenshot({ path: join(FOLDER, `internet-${name}-${colorScheme}.png`), fullPage: true });
        await page.close();
      });
    }
  }
});

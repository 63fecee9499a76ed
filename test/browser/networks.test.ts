import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { eventually } from "../harness/eventually.ts";
import { ScriptedConfiguration } from "../harness/scripted-configuration.ts";
import { residents } from "../harness/scripted-home.ts";
import type { Script } from "../harness/scripted-router.ts";
import { startUi, type UiProcess } from "../harness/ui-process.ts";
import { DESKTOP, shifts, unhandy, Viewer } from "../harness/viewer.ts";

setDefaultTimeout(60_000);

const SCRIPT: Script = { devices: 12, internet: "online" };
const NARROW = { width: 360, height: 780 };
const DEVICES = residents(12).map(({ device }) => device);
const LAPTOP = DEVICES[1]!;
const ABSENT = DEVICES.find(({ connected }) => !connected)!;
const FOLDER = join(import.meta.dir, "../../build/screenshots");
const DOCUMENT = {
  version: 2,
  lans: [{}, { name: "things", ports: [], vlan: 30, tagged: ["enp4s0"], router: false, isolated: true }],
  rules: [{ from: "home", to: "things" }],
  wifi: { networks: [{ name: "Things", passphrase: "correct horse", lan: "things" }] },
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
  await page.getByRole("link", { name: "Networks of the home, and who may reach whom" }).click();
  await page.getByRole("button", { name: "Add a network" }).waitFor();
  return { page, configuration };
}

/** The form of a network. */
const form = (page: Page, name: string) =>
  page.locator("section", { has: page.getByRole("heading", { name, exact: true, level: 2 }) });
const changes = (page: Page) => page.getByRole("region", { name: "Changes" });
const save = (page: Page) => changes(page).getByRole("button", { name: "Save" }).click();

describe("networks of the home", () => {
  test("are told with their addresses, devices and ports, and with who may reach whom in words", async () => {
    const { page } = await open();
    const now = form(page, "As it is now");
    expect(await now.getByRole("listitem").allInnerTexts()).toEqual([
      "Devices in home may reach the Internet.",
      "Devices in home may reach the router's page.",
      "Devices in home may reach things.",
      "Devices in things may reach the Internet.",
      "Devices in things may not reach the router's page.",
      "Devices in things may not reach home.",
    ]);
    await now.getByText("enp4s0 (VLAN 30)").waitFor();
    await now.getByText("192.168.41.1/24").waitFor();
    await now.getByText("Its devices are kept from each other.").waitFor();
    await page.close();
  });

  test("one is added with its ports and switches, and saved as a whole", async () => {
    const { page, configuration } = await open();
    await page.getByRole("button", { name: "Add a network" }).click();
    const guest = form(page, "guest");
    await guest.getByRole("textbox", { name: "Router’s address" }).fill("192.168.90.1/24");
    await guest.getByRole("combobox", { name: "enp3s0" }).selectOption("This network");
    await guest.getByRole("paragraph").filter({ hasText: "Living room TV" }).waitFor();
    await guest.getByRole("switch", { name: "Keep its devices from each other" }).click();
    expect(configuration.kept).toEqual([]);
    await save(page);
    await changes(page).getByText("Saved.").waitFor();
    expect([configuration.kept[0]?.why, configuration.kept[0]?.document.lans[2]]).toMatchObject([
      "Networks of the home",
      {
        name: "guest",
        address: "192.168.90.1/24",
        ports: ["enp3s0"],
        router: false,
        isolated: true,
        internet: true,
      },
    ]);
    await page.close();
  });

  test("a port is shared by a VLAN, and a network gets another name with all that belongs to it", async () => {
    const { page, configuration } = await open();
    const things = form(page, "things");
    await things.getByRole("spinbutton", { name: "VLAN" }).fill("40");
    await things.getByRole("combobox", { name: "enp6s0" }).selectOption("Shared, by VLAN 40");
    await things.getByRole("textbox", { name: "Name" }).fill("Home");
    await things.getByRole("textbox", { name: "Name" }).press("Tab");
    await page.getByText("home is another network’s name already").waitFor();
    await things.getByRole("textbox", { name: "Name" }).fill("gadgets");
    await things.getByRole("textbox", { name: "Name" }).press("Tab");
    await page.getByText("Devices in home may reach gadgets.").first().waitFor();
    await save(page);
    await changes(page).getByText("Saved.").waitFor();
    const { document } = configuration.kept[0]!;
    expect([document.lans[1], document.rules[0]?.to, document.wifi.networks[0]?.lan]).toMatchObject([
      { name: "gadgets", vlan: 40, tagged: ["enp4s0", "enp6s0"] },
      "gadgets",
      "gadgets",
    ]);
    await page.close();
  });

  test("rules are sentences that are added and removed; networks that find each other are chosen", async () => {
    const { page, configuration } = await open();
    const rule = page.getByRole("form", { name: "One more rule" });
    await rule.getByRole("combobox", { name: "Devices in" }).selectOption("things");
    await rule.getByRole("textbox", { name: "One device only" }).fill("20");
    await rule.getByRole("combobox", { name: "What" }).selectOption("TCP only");
    await rule.getByRole("textbox", { name: "Ports" }).fill("printer");
    await rule.getByText("A port from 1 to 65535, or a range such as 8000-8010.").waitFor();
    expect(await rule.getByRole("button", { name: "Allow it" }).isDisabled()).toBe(true);
    await rule.getByRole("textbox", { name: "Ports" }).fill("631");
    await rule.getByRole("button", { name: "Allow it" }).click();
    await page.getByRole("button", { name: "Remove: Devices in home may reach things." }).click();
    for (const name of ["home", "things"])
      await form(page, "Finding services").getByRole("switch", { name }).click();
    await save(page);
    await changes(page).getByText("Saved.").waitFor();
    const { document } = configuration.kept[0]!;
    expect([document.rules, document.discovery]).toEqual([
      [{ from: "things", to: "home", host: 20, protocol: "tcp", ports: 631 }],
      ["home", "things"],
    ]);
    await page.close();
  });

  test("a device gets an address that stays the same, and a name", async () => {
    const { page, configuration } = await open();
    const own = form(page, "home");
    await own.getByText("Addresses that stay the same").click();
    await own.getByRole("combobox", { name: "One more device" }).selectOption(LAPTOP.mac);
    await own.getByRole("textbox", { name: "Address", exact: true }).fill("30");
    await own.getByRole("textbox", { name: "Name", exact: true }).last().fill("Mara");
    await own.getByRole("textbox", { name: "Name", exact: true }).last().press("Tab");
    await save(page);
    await changes(page).getByText("Saved.").waitFor();
    expect(configuration.kept[0]!.document.lans[0]!.dhcp.reservations).toEqual([
      { mac: LAPTOP.mac, address: 30, name: "mara" },
    ]);
    await page.close();
  });

  test("what the router does not take is told beside its field, and the rest where it is saved", async () => {
    const { page, configuration } = await open();
    const things = form(page, "things");
    const address = things.getByRole("textbox", { name: "Router’s address" });
    await address.fill("8.8.8.8/24");
    await form(page, "home").getByText("Addresses that stay the same").click();
    await form(page, "home").getByRole("combobox", { name: "One more device" }).selectOption(LAPTOP.mac);
    await form(page, "home").getByRole("textbox", { name: "Address", exact: true }).fill("1");
    await save(page);
    await things.getByText("8.8.8.8/24 is not within a private network (RFC 1918)").waitFor();
    await form(page, "home").getByText("1 is taken by the router itself already").waitFor();
    await changes(page).getByText("Nothing was saved: see the marked fields.").waitFor();
    await changes(page).getByRole("button", { name: "Discard" }).click();
    await things.getByRole("button", { name: "Remove things" }).click();
    await save(page);
    await changes(page).getByText("there is no network things").waitFor();
    expect(configuration.kept).toEqual([]);
    await page.close();
  });

  test("a change that could cut the owner off is told to be on trial", async () => {
    const { page, configuration } = await open();
    configuration.isTried = true;
    await form(page, "home").getByRole("textbox", { name: "Router’s address" }).fill("192.168.50.1/24");
    await save(page);
    await changes(page).getByText("It is in effect now, and stays once it is confirmed.").waitFor();
    await page.close();
  });

  test("the router itself takes what the page sends, and says what it does not take", async () => {
    await using own = await startUi(SCRIPT);
    const page = await viewer.open(`${own.url}/network/home`);
    await page.getByRole("button", { name: "Add a network" }).click();
    const address = form(page, "guest").getByRole("textbox", { name: "Router’s address" });
    await address.fill("192.168.90.0/24");
    await save(page);
    await form(page, "guest").getByText("192.168.90.0/24 is the network's first or last address").waitFor();
    await address.fill("192.168.90.1/24");
    await save(page);
    await changes(page).getByText("It is in effect now, and stays once it is confirmed.").waitFor();
    await page.close();
  });

  test("are changed by the owner alone; everybody sees how they are", async () => {
    await using strict = await startUi({ ...SCRIPT, access: "owner-only" });
    const page = await viewer.open(`${strict.url}/network/home`);
    await page.getByRole("heading", { name: "Choose the owner’s password" }).waitFor();
    await page.getByText("Devices in things may not reach home.").waitFor();
    expect(await page.getByRole("button", { name: "Add a network" }).count()).toBe(0);
    await page.goto(`${strict.url}/devices/${ABSENT.mac}`);
    await page.getByText("Not connected").waitFor();
    await eventually(() => page.getByRole("button", { name: "Wake" }).count(), 0);
    await page.close();
  });
});

describe("waking a device", () => {
  test("is offered for one that is not connected, and what was done is told in words", async () => {
    const page = await viewer.open(`${home.url}/devices/${ABSENT.mac}`);
    await page.getByRole("button", { name: "Wake" }).click();
    await page.getByText("Called in home. It wakes only if it can be woken over the network").waitFor();
    await page.goto(`${home.url}/devices/${LAPTOP.mac}`);
    await page.getByRole("heading", { name: "Who it is" }).waitFor();
    expect(await page.getByRole("button", { name: "Wake" }).count()).toBe(0);
    await page.close();
  });

  test("that it could not be called is told with what to do", async () => {
    const page = await viewer.open(`${home.url}/devices/${ABSENT.mac}`);
    await page.route("**/wake", (route) =>
      route.fulfill({
        status: 503,
        json: { error: "No network of the home took the packet", hint: "Its ports may all be unplugged." },
      }),
    );
    await page.getByRole("button", { name: "Wake" }).click();
    await page.getByText("No network of the home took the packet. Its ports may all be unplugged.").waitFor();
    await page.close();
  });
});

test("nothing moves while the answers come, and all is in reach of a finger, in both themes", async () => {
  for (const viewport of [NARROW, DESKTOP]) {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page } = await open({ viewport, colorScheme });
      await page.getByText("Devices in things may not reach home.").waitFor();
      await eventually(async () => (await shifts(page)) < 0.001, true);
      await page.getByText("Addresses that stay the same").first().click();
      expect(await unhandy(page)).toEqual({ wide: 0, small: [] });
      const path = join(FOLDER, `networks-${viewport.width}-${colorScheme}.png`);
      await page.screenshot({ path, fullPage: true });
      await page.close();
    }
  }
});

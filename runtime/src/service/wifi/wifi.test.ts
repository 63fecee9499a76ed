import { expect, test } from "bun:test";
import { join } from "node:path";
import type { Mac } from "../../addr/mac.ts";
import { parseConfig } from "../../config/parse.ts";
import type { Config } from "../../config/schema.ts";
import type { RadioInterface } from "../../linux/wireless/air.ts";
import { parsePhys } from "../../linux/wireless/phy.ts";
import { createLog } from "../log.ts";
import { WifiService } from "./wifi.ts";

const FIXTURES = join(import.meta.dir, "../../../../test/fixtures/iw");
const phys = async (name: string) => parsePhys(await Bun.file(join(FIXTURES, `${name}.txt`)).text());
const UPPER = (await phys("mt7916-germany"))[1]!;
const CLIENT = (await phys("ipw2200"))[0]!;

const WLAN0 = { name: "wlan0", index: 3, mac: "00:00:5e:00:53:01" as Mac, medium: "radio" };
const passphrase = "correct horse";

function configOf(wifi: object, timezone = "Europe/Berlin"): Config {
  const parsed = parseConfig({ version: 2, timezone, wifi: { country: "DE", ...wifi } });
  if ("faults" in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.config;
}

/** A machine whose iw and hostapd say what a test lets them say; what was done to it is kept. */
class Machine {
  phys = [{ ...UPPER, index: 0 }];
  interfaces: RadioInterface[] = [{ name: "wlan0", phy: 0, isAccessPoint: false, mhz: null }];
  neighbours = [{ mhz: 5180, dBm: -40 }];
  country = "00";
  isBroken = false;
  clock = Date.parse("2026-11-22T12:00:00Z");
  answers: Record<string, string> = {};
  readonly done: string[] = [];
  changes = 0;
  readonly wifi: WifiService;
  #changed: (() => void)[] = [];

  constructor() {
    const log = createLog("test");
    this.wifi = new WifiService({
      wireless: {
        phys: async () => {
          if (this.isBroken) throw new Error("iw phy: no such device");
          return this.phys;
        },
        interfaces: async () => this.interfaces,
        scan: async (name) => {
          this.done.push(`scan ${name}`);
          return this.neighbours;
        },
        setCountry: async (country) => {
          this.done.push(`country ${country}`);
          this.country = country;
        },
        country: async () => this.country,
      },
      takeUp: (index) => void this.done.push(`up ${index}`),
      ask: (network, question) => {
        const answer = this.answers[`${network} ${question}`];
        if (answer === undefined) throw new Error("nobody there");
        return answer;
      },
      now: () => this.clock,
      log: { ...log, info: () => {}, limited: () => {} },
      onChange: () => {
        this.changes++;
        for (const heard of this.#changed.splice(0)) heard();
      },
    });
  }

  /** Lets it look at `links` and waits until it knows. */
  async look(config: Config, ...links: (typeof WLAN0)[]): Promise<void> {
    const changed = new Promise<void>((resolve) => this.#changed.push(resolve));
    this.wifi.look(links, config);
    await changed;
  }

  places(config: Config) {
    return this.wifi
      .accessPoints(config)
      ?.map(
        ({ radio, place, networks }) =>
          `${radio} ${place.channel}/${place.width} ${networks.map(({ name }) => name)}`,
      );
  }
}

test("a radio is looked at under the country's rules, listens once, and is asked no more while nothing changes", async () => {
  const machine = new Machine();
  const config = configOf({ networks: [{ passphrase }] });
  expect(machine.wifi.accessPoints(config)).toEqual(null);
  await machine.look(config, WLAN0);
  expect([machine.places(config), machine.done.splice(0)]).toEqual([
    ["wlan0 149/80 Gatehouse"],
    ["country DE", "up 3", "scan wlan0"],
  ]);
  machine.wifi.look([WLAN0], config);
  const renamed = configOf({ networks: [{ name: "Attic", passphrase: "another passphrase" }] });
  machine.wifi.look([WLAN0], renamed);
  expect([machine.places(renamed), machine.done]).toEqual([["wlan0 149/80 Attic"], []]);
});

test("a radio plugged in later serves, and what hostapd made of another is no radio", async () => {
  const machine = new Machine();
  const config = configOf({ networks: [{ passphrase }] });
  await machine.look(config);
  expect(machine.places(config)).toEqual([]);
  machine.interfaces.push({ name: "ap1-wlan0", phy: 0, isAccessPoint: true, mhz: 5180 });
  await machine.look(config, WLAN0, { ...WLAN0, name: "ap1-wlan0", index: 9 });
  expect(machine.places(config)).toEqual(["wlan0 149/80 Gatehouse"]);
});

test("an access point that runs when this program starts keeps its channel and is not disturbed", async () => {
  const machine = new Machine();
  machine.interfaces = [{ name: "wlan0", phy: 0, isAccessPoint: true, mhz: 5180 }];
  machine.country = "DE";
  const config = configOf({ networks: [{ passphrase }] });
  await machine.look(config, WLAN0);
  expect([machine.places(config), machine.done]).toEqual([["wlan0 36/80 Gatehouse"], []]);
});

test("what was heard before a radio served is remembered for another band", async () => {
  const machine = new Machine();
  machine.neighbours = [
    { mhz: 5180, dBm: -40 },
    { mhz: 5745, dBm: -60 },
  ];
  const fixed = { networks: [{ passphrase }], radios: [{ band: "6" }] };
  await machine.look(configOf(fixed), WLAN0);
  machine.interfaces = [{ name: "wlan0", phy: 0, isAccessPoint: true, mhz: 5975 }];
  const moved = configOf({ ...fixed, country: "AT", radios: [{ band: "5" }] });
  await machine.look(moved, WLAN0);
  expect(machine.places(moved)).toEqual(["wlan0 149/80 Gatehouse"]);
});

test("without a wireless network that is ready nobody is listened to", async () => {
  const machine = new Machine();
  const config = configOf({});
  await machine.look(config, WLAN0);
  expect([machine.places(config), machine.done]).toEqual([[], ["country DE"]]);
});

test("a network goes off and comes back at its hours, by the router's time zone", async () => {
  const machine = new Machine();
  const off = [{ from: "22:00", to: "06:00" }];
  const config = configOf({
    networks: [
      { name: "Always", passphrase },
      { name: "Day", passphrase, off },
    ],
  });
  await machine.look(config, WLAN0);
  const atHour = (time: string) => {
    machine.clock = Date.parse(time);
    return machine.places(config);
  };
  expect([
    atHour("2026-11-22T20:59:59Z"),
    atHour("2026-11-22T21:00:00Z"),
    atHour("2026-11-23T05:00:00Z"),
  ]).toEqual([["wlan0 149/80 Always,Day"], ["wlan0 149/80 Always"], ["wlan0 149/80 Always,Day"]]);
});

test("radios that cannot be looked at are told, and looked at again", async () => {
  const machine = new Machine();
  machine.isBroken = true;
  const config = configOf({ networks: [{ passphrase }] });
  await machine.look(config, WLAN0);
  expect([machine.wifi.accessPoints(config), machine.wifi.view(config).networks[0]?.explanation]).toEqual([
    null,
    "The radios cannot be looked at: iw phy: no such device.",
  ]);
  machine.isBroken = false;
  await machine.look(config, WLAN0);
  expect([machine.wifi.fault, machine.places(config)?.length]).toEqual([null, 1]);
});

test("what radios, networks and stations do, in words", async () => {
  const machine = new Machine();
  machine.phys.push({ ...CLIENT, index: 1, maxNetworks: 0 });
  machine.interfaces.push({ name: "wlan1", phy: 1, isAccessPoint: false, mhz: null });
  const networks = [
    { name: "Home", passphrase },
    { name: "Guests", passphrase, off: [{ from: "12:00", to: "14:00" }] },
    { name: "Attic", passphrase: null },
    { name: "Cellar", passphrase, bands: ["2.4"] },
    { name: "Shed", passphrase, enabled: false },
  ];
  const config = configOf({ networks });
  await machine.look(config, WLAN0, { ...WLAN0, name: "wlan1", index: 4 });
  machine.answers = {
    "wlan0 STATUS": "state=ENABLED\nchannel=149",
    "wlan0 STA-FIRST": "02:00:5e:00:00:01\nflags=[AUTHORIZED]\nsignal=-50\nconnected_time=60",
    "wlan0 STA-NEXT 02:00:5e:00:00:01": "",
  };
  const { radios, networks: told, stations } = machine.wifi.view(config);
  expect(radios.map(({ name, state, explanation }) => [name, state, explanation])).toEqual([
    ["wlan0", "serving", "It sends at 5 GHz on channel 149, 80 MHz wide."],
    [
      "wlan1",
      "unable",
      "wlan1 can only join other networks, not be an access point: plug in another radio, or connect an access point by cable.",
    ],
  ]);
  expect(told.map(({ name, state, stations }) => [name, state, stations])).toEqual([
    ["Home", "on", 1],
    ["Guests", "hours", 0],
    ["Attic", "not-configured", 0],
    ["Cellar", "no-radio", 0],
    ["Shed", "off", 0],
  ]);
  expect(stations).toEqual([
    {
      mac: "02:00:5e:00:00:01" as Mac,
      network: "Home",
      radio: "wlan0",
      band: "5",
      signal: -50,
      sendMbit: null,
      receiveMbit: null,
      since: machine.clock - 60_000,
    },
  ]);
  const elsewhere = configOf({ networks: [{ passphrase, bands: ["2.4"] }] });
  expect(machine.wifi.view(elsewhere).radios[0]).toMatchObject({
    state: "off",
    explanation: "wlan0 sends nothing: no wireless network has 5 GHz among its bands.",
    notes: [],
  });
  machine.answers = { "wlan0 STATUS": "state=DFS" };
  const busy = machine.wifi.view(config);
  expect([busy.radios[0]?.state, busy.networks[0]?.state, busy.stations]).toEqual([
    "starting",
    "starting",
    [],
  ]);
});

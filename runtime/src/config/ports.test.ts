import { expect, test } from "bun:test";
import { defaultConfig, parseConfig } from "./parse.ts";
import { choosePorts, type Link, type PortChoice } from "./ports.ts";
import type { Config } from "./schema.ts";

const ethernet = (name: string): Link => ({ name, medium: "ethernet" });
const virtual = (name: string): Link => ({ name, medium: "virtual" });
const radio = (name: string): Link => ({ name, medium: "radio" });
const off: Config = configured({ wifi: { networks: [] } });
const on: Config = configured({ wifi: { networks: [{ passphrase: "correct horse" }] } });

function configured(document: object): Config {
  const parsed = parseConfig({ version: 2, ...document });
  if ("faults" in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.config;
}

/** What is chosen for one way out and one network. */
function shown({ wans, lans, ...others }: PortChoice) {
  return { wan: wans[0], lan: lans[0]?.ports, ...others };
}

test("the first physical port in natural order is the WAN, the others are the home's", () => {
  const links = [ethernet("eth10"), virtual("br-lan"), ethernet("eth2"), virtual("veth0"), ethernet("eth9")];
  expect(choosePorts(links, off)).toEqual({
    wans: ["eth2"],
    lans: [{ ports: ["eth9", "eth10"], tagged: [] }],
    idle: [],
    radios: [],
    notes: [],
  });
});

test("named ports are taken whatever they are, and the automatic side leaves them alone", () => {
  const links = [ethernet("eth0"), ethernet("eth1"), virtual("wan0"), virtual("lan0")];
  const named = (port: string, ports: string[] | "auto") =>
    shown(choosePorts(links, configured({ wans: [{ port }], lans: [{ ports }] })));
  expect([
    named("wan0", ["lan0"]),
    named("auto", ["eth0", "gone1"]),
    named("eth1", "auto"),
    named("gone0", "auto"),
  ]).toEqual([
    { wan: "wan0", lan: ["lan0"], idle: ["eth0", "eth1"], radios: [], notes: [] },
    {
      wan: "eth1",
      lan: ["eth0"],
      idle: [],
      radios: [],
      notes: ["Not there, though named as ports of home: gone1."],
    },
    { wan: "eth1", lan: ["eth0"], idle: [], radios: [], notes: [] },
    {
      wan: undefined,
      lan: ["eth0", "eth1"],
      idle: [],
      radios: [],
      notes: [
        "gone0, the port of internet, is not there: it is out of use until it is back or another one is chosen.",
      ],
    },
  ]);
});

test("a port serves several sides by VLANs, and no other takes it automatically", () => {
  const links = ["eth0", "eth1", "eth2", "eth3"].map(ethernet);
  const config = configured({
    wans: [{ vlan: 7 }, { name: "backup", port: "eth3" }],
    lans: [{}, { name: "guest", ports: [], vlan: 20, tagged: ["eth2", "gone0"] }],
  });
  expect(choosePorts(links, config)).toEqual({
    wans: ["eth0", "eth3"],
    lans: [
      { ports: ["eth1"], tagged: [] },
      { ports: [], tagged: ["eth2"] },
    ],
    idle: [],
    radios: [],
    notes: ["Not there, though named as ports of guest: gone0."],
  });
});

test("a WAN port that proved itself stays the WAN, also while it is away", () => {
  const links = [ethernet("enp0s20u1"), ethernet("enp1s0"), ethernet("enp2s0")];
  const without = links.filter(({ name }) => name !== "enp1s0");
  const named = configured({ lans: [{ ports: ["enp1s0"] }] });
  expect([
    shown(choosePorts(links, off, "enp1s0")),
    shown(choosePorts(without, off, "enp1s0")),
    shown(choosePorts(links, named, "enp1s0")),
  ]).toMatchObject([
    { wan: "enp1s0", lan: ["enp0s20u1", "enp2s0"], notes: [] },
    {
      wan: undefined,
      lan: ["enp0s20u1", "enp2s0"],
      notes: [
        "enp1s0, the port of internet, is not there: it is out of use until it is back or the router is restarted and chooses anew.",
      ],
    },
    { wan: "enp0s20u1", lan: ["enp1s0"] },
  ]);
});

test("a link whose name could end its line in a file is nobody's port", () => {
  const links = [ethernet("eth0"), ethernet('e"accept'), ethernet("eth*"), ethernet("eth1\n")];
  expect(shown(choosePorts(links, off))).toMatchObject({ wan: "eth0", lan: [], idle: [] });
});

test("where hardware is missing the router runs on and says so", () => {
  const nothing = { lan: [], idle: [], radios: [] };
  expect([
    shown(choosePorts([], on)),
    shown(choosePorts([ethernet("eth0")], off)),
    shown(choosePorts([ethernet("eth0"), radio("wlan0")], on)),
  ]).toEqual([
    {
      ...nothing,
      wan: undefined,
      notes: ["No Ethernet port was found: no device can be served until one is plugged in."],
    },
    {
      ...nothing,
      wan: "eth0",
      notes: [
        "eth0 is the only Ethernet port and leads to the Internet: plug in another port, or turn Wi-Fi on, to serve devices.",
      ],
    },
    {
      ...nothing,
      wan: "eth0",
      radios: ["wlan0"],
      notes: ["There is no Ethernet port for the home: devices join over Wi-Fi."],
    },
  ]);
});

test("radios serve once a passphrase has been chosen, but for those the owner keeps off", () => {
  const links = [ethernet("eth0"), ethernet("eth1"), radio("wlan1"), radio("wlan0")];
  const one = configured({
    wifi: {
      radios: [{}, { interface: "wlan0", enabled: false }],
      networks: [{ passphrase: "correct horse" }],
    },
  });
  expect([defaultConfig, on, one].map((config) => choosePorts(links, config).radios)).toEqual([
    [],
    ["wlan0", "wlan1"],
    ["wlan1"],
  ]);
});

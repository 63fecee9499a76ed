import { expect, test } from "bun:test";
import { defaultConfig } from "./parse.ts";
import { choosePorts, type Link } from "./ports.ts";
import type { Config } from "./schema.ts";

const ethernet = (name: string): Link => ({ name, medium: "ethernet" });
const virtual = (name: string): Link => ({ name, medium: "virtual" });
const radio = (name: string): Link => ({ name, medium: "radio" });
const off: Config = { ...defaultConfig, wifi: { ...defaultConfig.wifi, enabled: false } };
const on: Config = { ...defaultConfig, wifi: { ...defaultConfig.wifi, passphrase: "correct horse" } };

test("the first physical port in natural order is the WAN, the others are the LAN", () => {
  const links = [ethernet("eth10"), virtual("br-lan"), ethernet("eth2"), virtual("veth0"), ethernet("eth9")];
  expect(choosePorts(links, off)).toEqual({
    wan: "eth2",
    lan: ["eth9", "eth10"],
    idle: [],
    radios: [],
    notes: [],
  });
});

test("named ports are taken whatever they are, and the automatic side leaves them alone", () => {
  const links = [ethernet("eth0"), ethernet("eth1"), virtual("wan0"), virtual("lan0")];
  const named = (port: string, ports: string[] | "auto") =>
    choosePorts(links, { ...off, wan: { port, mode: "dhcp" }, lan: { ...off.lan, ports } });
  expect([
    named("wan0", ["lan0"]),
    named("auto", ["eth0", "gone1"]),
    named("eth1", "auto"),
    named("gone0", "auto"),
  ]).toEqual([
    { wan: "wan0", lan: ["lan0"], idle: ["eth0", "eth1"], radios: [], notes: [] },
    { wan: "eth1", lan: ["eth0"], idle: [], radios: [], notes: ["Not there, though named as LAN: gone1."] },
    { wan: "eth1", lan: ["eth0"], idle: [], radios: [], notes: [] },
    {
      wan: undefined,
      lan: ["eth0", "eth1"],
      idle: [],
      radios: [],
      notes: [
        "The WAN port gone0 is not there: there is no Internet until it is back or another one is chosen.",
      ],
    },
  ]);
});

test("a WAN port that proved itself stays the WAN, also while it is away", () => {
  const links = [ethernet("enp0s20u1"), ethernet("enp1s0"), ethernet("enp2s0")];
  const without = links.filter(({ name }) => name !== "enp1s0");
  const named = { ...off, lan: { ...off.lan, ports: ["enp1s0"] } };
  expect([
    choosePorts(links, off, "enp1s0"),
    choosePorts(without, off, "enp1s0"),
    choosePorts(links, named, "enp1s0"),
  ]).toMatchObject([
    { wan: "enp1s0", lan: ["enp0s20u1", "enp2s0"], notes: [] },
    {
      wan: undefined,
      lan: ["enp0s20u1", "enp2s0"],
      notes: [
        "The WAN port enp1s0 is not there: there is no Internet until it is back or the router is restarted and chooses anew.",
      ],
    },
    { wan: "enp0s20u1", lan: ["enp1s0"] },
  ]);
});

test("a link whose name could end its line in a file is nobody's port", () => {
  const links = [ethernet("eth0"), ethernet('e"accept'), ethernet("eth*"), ethernet("eth1\n")];
  expect(choosePorts(links, off)).toMatchObject({ wan: "eth0", lan: [], idle: [] });
});

test("where hardware is missing the router runs on and says so", () => {
  expect([
    choosePorts([], on),
    choosePorts([ethernet("eth0")], off),
    choosePorts([ethernet("eth0"), radio("wlan0")], on),
  ]).toEqual([
    {
      wan: undefined,
      lan: [],
      idle: [],
      radios: [],
      notes: ["No Ethernet port was found: no device can be served until one is plugged in."],
    },
    {
      wan: "eth0",
      lan: [],
      idle: [],
      radios: [],
      notes: [
        "eth0 is the only Ethernet port and is the WAN: plug in another port, or turn Wi-Fi on, to serve devices.",
      ],
    },
    {
      wan: "eth0",
      lan: [],
      idle: [],
      radios: ["wlan0"],
      notes: ["There is no Ethernet port for the LAN: devices join over Wi-Fi."],
    },
  ]);
});

test("Wi-Fi stays off until a passphrase has been chosen", () => {
  const links = [ethernet("eth0"), ethernet("eth1"), radio("wlan1"), radio("wlan0")];
  expect([defaultConfig, on].map((config) => choosePorts(links, config))).toEqual([
    {
      wan: "eth0",
      lan: ["eth1"],
      idle: [],
      radios: [],
      notes: [],
    },
    {
      wan: "eth0",
      lan: ["eth1"],
      idle: [],
      radios: ["wlan0"],
      notes: ["Only the radio wlan0 is used; idle: wlan1."],
    },
  ]);
});

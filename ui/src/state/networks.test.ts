import { expect, test } from "bun:test";
import { parseConfig } from "@gatehouse/runtime/config/parse.ts";
import { hostFrom, isPortSpan, newLan, portsFrom, portUse, renamed, without, withPort } from "./networks.ts";

const parsed = parseConfig({
  version: 2,
  lans: [{}, { name: "things", ports: ["enp3s0"], vlan: 30, tagged: ["enp4s0"] }],
  rules: [{ from: "home", to: "things" }],
  discovery: ["home", "things"],
  wifi: { networks: [{ name: "Things", passphrase: "correct horse", lan: "things" }] },
});
if ("faults" in parsed) throw new Error(JSON.stringify(parsed.faults));
const { config } = parsed;

test("what the router takes is a network that is added, however many there are", () => {
  const lans = [...config.lans];
  for (let i = 0; i < 3; i++) lans.push(newLan(lans.map(({ name }) => name)));
  expect(lans.map(({ name }) => name)).toEqual(["home", "things", "guest", "network-2", "network-3"]);
  expect(parseConfig({ ...config, lans })).toHaveProperty("config");
});

test("a network keeps its rules under another name, and loses them when it goes", () => {
  const other = renamed(config, 1, "gadgets");
  expect([other.lans[1]!.name, other.rules[0]!.to, other.discovery, other.wifi.networks[0]!.lan]).toEqual([
    "gadgets",
    "gadgets",
    ["home", "gadgets"],
    "gadgets",
  ]);
  const fewer = without(config, 1);
  expect([fewer.lans.length, fewer.rules, fewer.discovery, fewer.wifi]).toEqual([
    1,
    [],
    ["home"],
    config.wifi,
  ]);
});

test("a port is a network's with a tag, without one, or not at all", () => {
  const things = config.lans[1]!;
  const uses = ["enp3s0", "enp4s0", "enp6s0"].map((port) => portUse(things, port));
  expect(uses).toEqual(["plain", "tagged", "none"]);
  expect(withPort(things, "enp3s0", "tagged")).toEqual({ ports: [], tagged: ["enp4s0", "enp3s0"] });
  expect(withPort(things, "enp4s0", "plain")).toEqual({ ports: ["enp3s0", "enp4s0"], tagged: [] });
  expect(withPort(things, "enp3s0", "none")).toEqual({ ports: [], tagged: ["enp4s0"] });
});

test("ports are one or a range, and nothing else", () => {
  const asked = [80, "8000-8010", 0, 65_536, "8010-8000", "abc", "80-"];
  expect(asked.map(isPortSpan)).toEqual([true, true, false, false, false, false, false]);
});

test("what is typed is a number, a range, an address or nothing", () => {
  expect([
    portsFrom(" 80 "),
    portsFrom("8000 – 8010"),
    portsFrom(""),
    hostFrom("20"),
    hostFrom("192.168.5.20"),
  ]).toEqual([80, "8000-8010", null, 20, "192.168.5.20"]);
});

import { expect, test } from "bun:test";
import { formatPrefix, parsePrefix } from "../addr/prefix.ts";
import { defaultConfig } from "../config/parse.ts";
import type { Link } from "../config/ports.ts";
import { configOf } from "./network.fixture.ts";
import { type Plan, planNetwork } from "./plan.ts";

const LINKS: Link[] = ["enp1s0", "enp2s0", "enp3s0"].map((name) => ({ name, medium: "ethernet" }));
const surroundings = (wan: string[], current?: string, failing: string[] = []) => ({
  links: LINKS,
  prefixesOf: (name: string) => (name === "enp1s0" ? wan.map((text) => parsePrefix(text)!) : []),
  current: new Map(current === undefined ? [] : [["home", parsePrefix(current)!]]),
  provenWan: undefined,
  failing: new Set(failing),
  accessPoints: () => null,
});
const prefixOf = ({ network }: Plan) => formatPrefix(network.lans[0].prefix);

test("the first port is the WAN, the others are the home, whose network keeps clear of the provider's", () => {
  const { network, notes, clash } = planNetwork(defaultConfig, surroundings(["198.51.100.7/24"]));
  const { wans, wan, lans, idle, radios } = network;
  const [home] = lans;
  expect({ wans, idle, radios, notes, clash }).toMatchObject({
    wans: [{ port: "enp1s0", interface: "enp1s0", metric: 100 }],
    idle: [],
    radios: [],
    notes: [],
    clash: null,
  });
  expect([wan, lans.length, home.bridge, home.ports, formatPrefix(home.prefix)]).toEqual([
    wans[0],
    1,
    "br-home",
    ["enp2s0", "enp3s0"],
    "192.168.77.1/24",
  ]);
});

test("the home moves once when the provider turns out to use its network, and then stays", () => {
  const moved = planNetwork(defaultConfig, surroundings(["192.168.0.0/16"], "192.168.77.1/24"));
  const stays = planNetwork(defaultConfig, surroundings(["192.168.0.0/16"], prefixOf(moved)));
  expect([prefixOf(moved), moved.moved, prefixOf(stays), stays.moved, [moved.clash, stays.clash]]).toEqual([
    "10.77.77.1/24",
    "The provider uses the network the home had; the home moved to 10.77.77.0/24.",
    "10.77.77.1/24",
    null,
    [null, null],
  ]);
});

test("a provider whose network covers every choice does not move the home", () => {
  const plan = planNetwork(defaultConfig, surroundings(["10.0.0.1/0"], "10.77.77.1/24"));
  expect([prefixOf(plan), plan.clash]).toEqual([
    "10.77.77.1/24",
    "The provider uses the home's network 10.77.77.0/24 too, so the Internet cannot be reached; choose another network for the home.",
  ]);
});

test("a network the owner fixed is kept, and a clash is said", () => {
  const config = configOf({ lans: [{ address: "192.168.1.1/24" }] });
  const plan = planNetwork(config, surroundings(["192.168.1.20/24"]));
  expect([prefixOf(plan), plan.clash]).toEqual([
    "192.168.1.1/24",
    "The provider uses the home's network 192.168.1.0/24 too, so the Internet cannot be reached; choose another network for the home.",
  ]);
});

test("each network of the home has addresses and a bridge of its own, and a way out that fails is not used", () => {
  const config = configOf({
    wans: [
      { name: "fibre", vlan: 7, mode: "pppoe", pppoe: { user: "u", password: "p" } },
      { name: "cable", port: "enp3s0" },
    ],
    lans: [{ ports: ["enp2s0"] }, { name: "guest", ports: [], vlan: 20, tagged: ["enp2s0"] }],
  });
  const { network } = planNetwork(config, surroundings([], undefined, ["fibre"]));
  expect([
    network.wans.map((wan) => [wan.port, wan.interface, wan.metric]),
    network.wan?.config.name,
    network.lans.map(({ bridge, prefix, ports, tagged }) => [bridge, formatPrefix(prefix), ports, tagged]),
  ]).toEqual([
    [
      ["enp1s0", "ppp-fibre", 100],
      ["enp3s0", "enp3s0", 200],
    ],
    "cable",
    [
      ["br-home", "192.168.77.1/24", ["enp2s0"], []],
      ["br-guest", "192.168.78.1/24", [], ["enp2s0"]],
    ],
  ]);
});

test("of ways out that all fail the preferred one is used", () => {
  const config = configOf({ wans: [{ name: "fibre" }, { name: "cable", port: "enp3s0" }] });
  const used = (failing: string[]) =>
    planNetwork(config, surroundings([], undefined, failing)).network.wan?.config.name;
  expect([used([]), used(["cable"]), used(["fibre"]), used(["fibre", "cable"])]).toEqual([
    "fibre",
    "fibre",
    "cable",
    "fibre",
  ]);
});

/** Two ways out on enp1s0 and enp3s0 with these networks, and the home's networks as they were. */
function overlap(wans: [string[], string[]], lans: object[], current: Record<string, string> = {}) {
  const config = configOf({
    wans: [
      { name: "fibre", port: "enp1s0" },
      { name: "cable", port: "enp3s0" },
    ],
    lans: [{ ports: ["enp2s0"] }, ...lans],
  });
  const networks: Record<string, string[]> = { enp1s0: wans[0], enp3s0: wans[1] };
  const plan = planNetwork(config, {
    ...surroundings([]),
    prefixesOf: (name) => (networks[name] ?? []).map((text) => parsePrefix(text)!),
    current: new Map(Object.entries(current).map(([name, text]) => [name, parsePrefix(text)!])),
  });
  const { clash, moved } = plan;
  return { lans: plan.network.lans.map(({ prefix }) => formatPrefix(prefix)), clash, moved };
}
const GUEST = { name: "guest", ports: [], vlan: 20, tagged: ["enp2s0"] };

test("automatic networks keep clear of every provider's, used or not, and of each other", () => {
  expect([
    overlap([["192.168.77.5/24"], ["192.168.78.5/24"]], [GUEST]),
    overlap([["198.51.100.7/24"], ["192.168.0.0/16"]], [GUEST]).lans,
  ]).toEqual([
    { lans: ["192.168.87.1/24", "192.168.113.1/24"], clash: null, moved: null },
    ["10.77.77.1/24", "10.117.77.1/24"],
  ]);
});

test("a second provider that uses a network of the home moves that one alone", () => {
  const { lans, clash, moved } = overlap([["198.51.100.7/24"], ["192.168.78.5/24"]], [GUEST], {
    home: "192.168.77.1/24",
    guest: "192.168.78.1/24",
  });
  expect([lans[0], lans[1] === "192.168.78.1/24", clash, moved]).toEqual([
    "192.168.77.1/24",
    false,
    null,
    expect.stringContaining("The provider uses the network the home had"),
  ]);
});

test("a fixed network that any provider uses is said, whichever network it is, and the automatic one keeps clear of both", () => {
  const { lans, clash } = overlap(
    [["198.51.100.7/24"], ["192.168.50.9/24"]],
    [{ ...GUEST, address: "192.168.50.1/24" }],
    { home: "192.168.50.1/24" },
  );
  expect([lans, clash]).toEqual([
    ["192.168.77.1/24", "192.168.50.1/24"],
    "The provider uses the home's network 192.168.50.0/24 too, so the Internet cannot be reached; choose another network for the home.",
  ]);
});

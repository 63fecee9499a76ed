/**
 * Ways to the Internet through the real networkd: each is what its unit says, and a change of one leaves everything else alone.
 * VLANs are tested in the image, whose kernel is sure to have them.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { signalNetworkd } from "../../runtime/src/linux/networkd/reload.ts";
import { synchroniseUnits } from "../../runtime/src/linux/networkd/units.ts";
import { configOf } from "../../runtime/src/render/network.fixture.ts";
import { renderNetworkd, UNIT_PREFIX } from "../../runtime/src/render/networkd.ts";
import { planNetwork } from "../../runtime/src/render/plan.ts";
import { Changes } from "./linux-changes.ts";
import { Namespace, until } from "./linux-namespace.ts";
import { Networkd } from "./networkd-process.ts";

const PROVIDER = `[Match]
Name=provider0
[Network]
Address=198.51.100.1/24
LinkLocalAddressing=no
DHCPServer=yes
[DHCPServer]
PersistLeases=no
DNS=198.51.100.53
`;

const CLONED = "02:00:5e:10:00:99";
const cable = { name: "cable", port: "wan0", mac: CLONED };
const line = {
  name: "line",
  port: "wan1",
  mtu: 1400,
  mode: "static",
  static: { address: "203.0.113.5/29", gateway: "203.0.113.1", dns: ["203.0.113.53"] },
};
const lans = [{ name: "home", address: "192.168.77.1/24", ports: ["lan0"] }];

const router = Namespace.create();
const provider = Namespace.create();
const networkd = new Networkd(router);
const providerNetworkd = new Networkd(provider);
const changes = new Changes(router);

beforeAll(async () => {
  provider.connect("provider0", router, "wan0");
  for (const port of ["wan1", "lan0"]) {
    router.ip(`link add ${port} type veth peer name ${port}-cable`);
    router.ip(`link set ${port}-cable up`);
  }
  providerNetworkd.write("provider.network", PROVIDER);
  await providerNetworkd.start();
  await networkd.start();
});

afterAll(async () => {
  changes.close();
  await networkd.close();
  await providerNetworkd.close();
  router.close();
  provider.close();
});

const PERMANENT = { wan0: "02:00:5e:10:00:01", wan1: "02:00:5e:10:00:02", lan0: "02:00:5e:10:00:03" };

/** Brings the running networkd to these ways out, of which some may fail; the units that are other than before. */
async function apply(wans: object[], failing: string[] = []): Promise<string[]> {
  const { network } = planNetwork(configOf({ wans, lans }), {
    links: Object.entries(PERMANENT).map(([name, permanentMac]) => ({
      name,
      medium: "ethernet",
      permanentMac,
    })),
    prefixesOf: () => [],
    current: new Map(),
    provenWan: undefined,
    failing: new Set(failing),
    accessPoints: () => [],
  });
  const change = synchroniseUnits(renderNetworkd(network), UNIT_PREFIX, networkd.units);
  await networkd.reloaded(() => router.run(signalNetworkd));
  return [...change.written, ...change.removed].map((name) => name.replace(UNIT_PREFIX, ""));
}

interface LinkFacts {
  ifname: string;
  address: string;
  mtu: number;
  master?: string;
  addr_info: { local: string; prefixlen: number }[];
}

function link(name: string): { mac: string; mtu: number; bridge?: string; addresses: string[] } | undefined {
  const facts = JSON.parse(router.ip("-json address")) as LinkFacts[];
  const found = facts.find(({ ifname }) => ifname === name);
  if (found === undefined) return undefined;
  const { address, mtu, master, addr_info } = found;
  return {
    mac: address,
    mtu,
    ...(master === undefined ? {} : { bridge: master }),
    addresses: addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`),
  };
}

const leased = () => link("wan0")?.addresses.find((address) => address.startsWith("198.51.100.")) ?? "";

/** Which link a packet to the Internet leaves by. */
function wayOut(to = "192.0.2.1"): string {
  return / dev (\S+) /.exec(router.command(["ip", "route", "get", to]))?.[1] ?? "";
}

/** What the links do from now on until `action` is done and networkd has nothing left to do. */
async function stirred(action: () => Promise<unknown>): Promise<string[]> {
  router.ip("link add before type bridge");
  await until("all that was before is heard", () => changes.links().includes("before"));
  changes.forget();
  await action();
  router.ip("link add after type bridge");
  await until("networkd has seen the link", () => networkd.log().includes("\nafter: "));
  await until("its coming is heard", () => changes.links().includes("after"));
  for (const name of ["before", "after"]) router.ip(`link delete ${name}`);
  return changes.links().filter((name) => name !== "after" && name !== "before");
}

test("a leased way with a cloned address and a fixed one with shorter packets, beside the home", async () => {
  await apply([cable, line]);
  await until("the lease is there", () => leased() !== "", 20_000);
  await until("both default routes are there", () => router.ip("route show default").split("\n").length > 2);
  expect({
    complaints: networkd.complaints(),
    cable: link("wan0"),
    line: link("wan1"),
    home: link("lan0")?.bridge,
  }).toEqual({
    complaints: [],
    cable: { mac: CLONED, mtu: 1500, addresses: [leased()] },
    line: { mac: PERMANENT.wan1, mtu: 1400, addresses: ["203.0.113.5/29"] },
    home: "br-home",
  });
});

test("the preferred way is used, and each has its own routes", () => {
  const routes = (table: string) =>
    router
      .ip(`route show table ${table}`)
      .trim()
      .split("\n")
      .filter((route) => route.startsWith("default"))
      .map((route) => route.replace(/ proto| src \S+| onlink/g, "").trim());
  expect([routes("main"), routes("81"), routes("82"), wayOut(), wayOut("203.0.113.2")]).toEqual([
    [
      "default via 198.51.100.1 dev wan0 dhcp metric 100",
      "default via 203.0.113.1 dev wan1 static metric 200",
    ],
    ["default via 198.51.100.1 dev wan0 dhcp metric 100"],
    ["default via 203.0.113.1 dev wan1 static"],
    "wan0",
    "wan1",
  ]);
});

test("another way is used and left again, and no link stirs for it", async () => {
  const before = [link("wan0"), link("wan1")];
  expect(await stirred(() => apply([cable, line], ["cable"]))).toEqual([]);
  await until("the other way is used", () => wayOut() === "wan1");
  expect(wayOut("192.168.77.20")).toBe("br-home");
  expect(await stirred(() => apply([cable, line]))).toEqual([]);
  await until("the first way is used again", () => wayOut() === "wan0");
  expect([link("wan0"), link("wan1")]).toEqual(before);
});

test("a change of one way leaves the other and the home alone", async () => {
  const lease = leased();
  const stir = await stirred(async () => {
    expect(await apply([cable, { ...line, mtu: 1300 }])).toEqual(["wan-line.network"]);
    await until("the way has its new MTU", () => link("wan1")?.mtu === 1300);
    await until("and its address", () => link("wan1")?.addresses[0] === "203.0.113.5/29");
  });
  expect([[...new Set(stir)], leased()]).toEqual([["wan1"], lease]);
});

test("an address that is no longer cloned is the port's own again", async () => {
  await apply([{ ...cable, mac: null }, line]);
  await until("the port has its own address", () => link("wan0")?.mac === PERMANENT.wan0);
  await until("and a lease", () => leased() !== "", 20_000);
});

test("a way that signs in has no address on its port, and room for whole packets within PPPoE", async () => {
  const fibre = { ...line, mode: "pppoe", pppoe: { user: "u", password: "p" }, mtu: 1500 };
  await apply([cable, fibre]);
  await until("the port has room, and no address", () => {
    const { mtu, addresses } = link("wan1")!;
    return mtu === 1508 && addresses.length === 0;
  });
  expect(networkd.complaints()).toEqual([]);
});

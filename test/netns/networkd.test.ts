import { afterAll, beforeAll, expect, test } from "bun:test";
import { formatIPv4 } from "../../runtime/src/addr/ipv4.ts";
import { readLinkState } from "../../runtime/src/linux/networkd/link-state.ts";
import { signalNetworkd } from "../../runtime/src/linux/networkd/reload.ts";
import { synchroniseUnits } from "../../runtime/src/linux/networkd/units.ts";
import type { FolderChange } from "../../runtime/src/linux/storage/folder.ts";
import { networkWith } from "../../runtime/src/render/network.fixture.ts";
import type { Network } from "../../runtime/src/render/network.ts";
import { renderNetworkd, UNIT_PREFIX } from "../../runtime/src/render/networkd.ts";
import { Changes } from "./linux-changes.ts";
import { Namespace, until } from "./linux-namespace.ts";
import { Networkd } from "./networkd-process.ts";

/** The provider's DHCP server is a networkd, too. */
const PROVIDER = `[Match]
Name=provider0
[Network]
Address=198.51.100.1/24
LinkLocalAddressing=no
DHCPServer=yes
[DHCPServer]
PersistLeases=no
DNS=198.51.100.53 192.168.77.20
NTP=198.51.100.123
`;

const PORTS = ["lan0", "lan1"];
const home = networkWith({ wan: "wan0", ports: PORTS });

const router = Namespace.create();
const provider = Namespace.create();
const networkd = new Networkd(router);
const providerNetworkd = new Networkd(provider);
const changes = new Changes(router);

beforeAll(async () => {
  provider.connect("provider0", router, "wan0");
  for (const port of PORTS) router.ip(`link add ${port} type veth peer name ${port}-cable`);
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

/** Brings the running networkd to `network`, as the router does. */
async function apply(network: Network): Promise<FolderChange> {
  const change = synchroniseUnits(renderNetworkd(network), UNIT_PREFIX, networkd.units);
  await networkd.reloaded(() => router.run(signalNetworkd));
  return change;
}

interface LinkFacts {
  ifindex: number;
  ifname: string;
  master?: string;
  flags: string[];
  addr_info: { local: string; prefixlen: number }[];
}

/** Each link with its addresses, its bridge and whether it is up. */
function links(): Record<string, { up: boolean; carrier: boolean; bridge?: string; addresses: string[] }> {
  const facts = JSON.parse(router.ip("-json address")) as LinkFacts[];
  return Object.fromEntries(
    facts
      .filter(({ ifname }) => ifname !== "lo" && !ifname.endsWith("-cable"))
      .map(({ ifname, flags, master, addr_info }) => [
        ifname,
        {
          up: flags.includes("UP"),
          carrier: flags.includes("LOWER_UP"),
          ...(master === undefined ? {} : { bridge: master }),
          addresses: addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`),
        },
      ]),
  );
}

/** The address the provider gave. */
const leased = () => links().wan0?.addresses.find((address) => address.startsWith("198.51.100.")) ?? "";

test("units written while networkd runs bring up the WAN by DHCP and the LAN without any cable", async () => {
  await apply(home);
  await until("the WAN has a lease", () => leased() !== "", 20_000);
  // networkd adds the routes after the address.
  await until("the WAN has its route", () => router.ip("route").includes("default"));
  expect(links()).toEqual({
    wan0: { up: true, carrier: true, addresses: [leased()] },
    lan0: { up: true, carrier: false, bridge: "br-lan", addresses: [] },
    lan1: { up: true, carrier: false, bridge: "br-lan", addresses: [] },
    "br-lan": { up: true, carrier: false, addresses: ["192.168.77.1/24"] },
  });
  expect(networkd.complaints()).toEqual([]);
});

test("the provider's route is there, and none of it leads into the LAN", () => {
  const address = leased().replace("/24", "");
  const routes = router
    .ip("route")
    .trim()
    .split("\n")
    .map((line) => line.trim());
  expect(routes.toSorted()).toEqual([
    "192.168.77.0/24 dev br-lan proto kernel scope link src 192.168.77.1 linkdown",
    `198.51.100.0/24 dev wan0 proto kernel scope link src ${address} metric 100`,
    `198.51.100.1 dev wan0 proto dhcp scope link src ${address} metric 100`,
    `default via 198.51.100.1 dev wan0 proto dhcp src ${address} metric 100`,
  ]);
});

test("a longer route of the provider's does not take the home's packets", () => {
  router.ip("route add 192.168.77.0/25 via 198.51.100.1 dev wan0");
  const taken = router.command(["ip", "route", "get", "192.168.77.20"]);
  router.ip("route del 192.168.77.0/25 via 198.51.100.1 dev wan0");
  expect(taken).toStartWith("192.168.77.20 dev br-lan table 77 src 192.168.77.1 ");
});

test("forwarding is on and strict for IPv4 between the two sides, and off for IPv6", () => {
  const parameters = ["wan0", "br-lan"].map((name) =>
    [
      "ipv4/conf/NAME/forwarding",
      "ipv4/conf/NAME/rp_filter",
      "ipv6/conf/NAME/forwarding",
      "ipv6/conf/NAME/accept_ra",
    ].map((key) => router.command(["cat", `/proc/sys/net/${key.replace("NAME", name)}`]).trim()),
  );
  expect(parameters).toEqual([
    ["1", "1", "0", "0"],
    ["1", "1", "0", "0"],
  ]);
});

test("the provider's name servers are known from the link's state", async () => {
  const [{ ifindex } = { ifindex: 0 }] = JSON.parse(router.ip("-json link show wan0")) as LinkFacts[];
  const state = () => readLinkState(ifindex, networkd.netif);
  await until("networkd has noted its lease", () => state()?.operational === "routable");
  expect([state()?.dns.map(formatIPv4), state()?.ntp]).toEqual([
    ["198.51.100.53", "192.168.77.20"],
    ["198.51.100.123"],
  ]);
});

test("the same configuration once more changes nothing", async () => {
  const before = [links(), router.ip("route")];
  router.ip("link add before type bridge");
  await until("all that was before is heard", () => changes.links().includes("before"));
  changes.forget();
  expect(await apply(home)).toEqual({ written: [], removed: [] });
  // networkd has one event loop: once it has taken note of this link, all that the reload led to is done.
  router.ip("link add after type bridge");
  await until("networkd has seen the link", () => networkd.log().includes("\nafter: "));
  await until("its coming is heard", () => changes.links().includes("after"));
  expect(changes.links()).toEqual(["after"]);
  for (const name of ["before", "after"]) router.ip(`link delete ${name}`);
  expect([links(), router.ip("route")]).toEqual(before);
});

test("a port taken off the LAN leaves the bridge and goes down, while the others stay as they are", async () => {
  const before = links();
  expect(await apply(networkWith({ wan: "wan0", ports: ["lan0"], idle: ["lan1"] }))).toEqual({
    written: ["70-gatehouse-idle-lan1.network"],
    removed: ["70-gatehouse-port-lan1.network"],
  });
  await until("lan1 is down", () => links().lan1?.up === false);
  expect(links()).toEqual({ ...before, lan1: { up: false, carrier: false, addresses: [] } });
  await apply(home);
  await until("lan1 is back", () => links().lan1?.bridge === "br-lan");
});

test("the addresses stay while networkd is away", async () => {
  const before = links();
  await networkd.stop();
  expect(links()).toEqual(before);
});

import { expect, test } from "bun:test";
import { parseIPv4 } from "../../addr/ipv4.ts";
import type { Mac } from "../../addr/mac.ts";
import { parsePrefix } from "../../addr/prefix.ts";
import type { Link, RouteSnapshot } from "../../linux/netlink/route.ts";
import { hasAddress, hasIpv6Address, sightings, wanFacts, wanPrefixes } from "./network.ts";

const mac = (last: number) => `02:00:5e:10:00:0${last}` as Mac;
const link = (index: number, name: string, rest: Partial<Link> = {}): Link => ({
  index,
  name,
  kind: "",
  medium: "ethernet",
  mac: mac(index),
  permanentMac: undefined,
  up: true,
  carrier: true,
  master: 0,
  mtu: 1500,
  ...rest,
});

const SNAPSHOT: RouteSnapshot = {
  links: [
    link(1, "eth0"),
    link(2, "eth1", { master: 3 }),
    link(3, "br-lan", { kind: "bridge", medium: "virtual" }),
  ],
  addresses: [
    { link: 1, prefix: parsePrefix("198.51.100.7/24")! },
    { link: 3, prefix: parsePrefix("192.168.77.1/24")! },
  ],
  defaultRoutes: [{ link: 1, gateway: parseIPv4("198.51.100.1")!, metric: 1024 }],
  neighbours: [{ link: 3, address: parseIPv4("192.168.77.100")!, mac: mac(9), confirmed: true }],
  bridgePorts: [
    { bridge: 3, port: 2, mac: mac(9) },
    { bridge: 3, port: 2, mac: mac(8) },
  ],
  ipv6: {
    addresses: [{ link: 3, address: "fd12:3456:789a::1", length: 64, isDeprecated: false }],
    defaultRoutes: [],
    neighbours: [
      { link: 3, address: "fe80::9", mac: mac(9) },
      { link: 3, address: "2001:db8:a::9", mac: mac(9) },
      { link: 1, address: "2001:db8:f::9", mac: mac(9) },
    ],
  },
};

test("the WAN is online with carrier, address and route, and says what it lacks otherwise", () => {
  const online = wanFacts(SNAPSHOT, "eth0");
  const states = [
    wanFacts({ ...SNAPSHOT, links: [link(1, "eth0", { carrier: false })] }, "eth0"),
    wanFacts({ ...SNAPSHOT, defaultRoutes: [] }, "eth0"),
    wanFacts(SNAPSHOT, "eth9"),
    wanFacts(SNAPSHOT, undefined),
  ].map(({ state }) => state);
  expect([online, states]).toEqual([
    { state: "online", interface: "eth0", mac: mac(1), address: "198.51.100.7/24", gateway: "198.51.100.1" },
    ["no-cable", "no-address", "no-port", "no-port"],
  ]);
});

test("networks, the bridge's address and the devices on it are read from the kernel's tables", () => {
  expect({
    prefixes: wanPrefixes(SNAPSHOT, "eth0"),
    has: ["192.168.77.1/24", "192.168.77.1/16", "192.168.78.1/24"].map((text) =>
      hasAddress(SNAPSHOT, "br-lan", parsePrefix(text)!),
    ),
    sightings: sightings(SNAPSHOT, [{ bridge: "br-lan", config: { name: "home" } }]),
  }).toEqual({
    prefixes: [parsePrefix("198.51.100.7/24")!],
    has: [true, false, false],
    sightings: [
      {
        mac: mac(9),
        address: parseIPv4("192.168.77.100")!,
        ipv6: ["2001:db8:a::9"],
        port: "eth1",
        network: "home",
      },
      { mac: mac(8), address: undefined, ipv6: [], port: "eth1", network: "home" },
    ],
  });
  expect([
    hasIpv6Address(SNAPSHOT, "br-lan", "fd12:3456:789a::1"),
    hasIpv6Address(SNAPSHOT, "eth0", "fd12:3456:789a::1"),
  ]).toEqual([true, false]);
});

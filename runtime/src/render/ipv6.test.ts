import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseMac } from "../addr/mac.ts";
import type { Config } from "../config/schema.ts";
import { renderFirewall } from "./firewall.ts";
import { planIpv6, ulaAddress, ulaPrefix } from "./ipv6.ts";
import { configOf } from "./network.fixture.ts";
import type { Network } from "./network.ts";
import { renderNetworkd } from "./networkd.ts";
import { planNetwork, type Surroundings } from "./plan.ts";

const SERVER = "02:00:5e:10:00:01";

/** A provider by PPPoE, three networks, one of them without Internet, and pinholes to a device with two addresses. */
const config = configOf({
  wans: [
    { name: "fibre", port: "enp1s0", vlan: 7, mode: "pppoe", pppoe: { user: "home", password: "secret" } },
  ],
  lans: [
    { ports: ["enp2s0"] },
    { name: "guest", ports: ["enp3s0"], router: false },
    { name: "things", ports: ["enp4s0"], internet: false },
  ],
  rules: [
    { from: "home", to: "things" },
    { from: "guest", to: "things", host: 20, protocol: "tcp", ports: "631-632" },
  ],
  ipv6: {
    pinholes: [
      { device: SERVER, protocol: "tcp", ports: 443 },
      { device: SERVER, protocol: "udp" },
      { device: "02:00:5e:10:00:02" },
    ],
  },
});

const chosen = {
  ula: "fd12:3456:789a::/48",
  subnets: new Map([["things", 4]]),
  former: new Map([["guest", ["2001:db8:7:1::/64"]]]),
  reachable: new Map([[parseMac(SERVER)!, ["2001:db8:1::9", "2001:db8:1:0:a8bb:ccff:fedd:eeff"]]]),
};

function networkOf(config: Config): Network {
  const names = ["enp1s0", "enp2s0", "enp3s0", "enp4s0"];
  const surroundings = {
    links: names.map((name, i) => ({
      name,
      medium: "ethernet" as const,
      permanentMac: `00:00:5e:00:53:0${i}`,
    })),
    prefixesOf: () => [],
    current: new Map(),
    provenWan: undefined,
    failing: new Set<string>(),
    accessPoints: () => [],
    ipv6: chosen,
  } as unknown as Surroundings;
  return planNetwork(config, surroundings).network;
}

/** Written anew with `GOLDEN=write`, as in render.test.ts. */
async function golden(name: string, rendered: Record<string, string>): Promise<Record<string, string>> {
  const folder = join(import.meta.dir, "golden", name);
  if (process.env.GOLDEN === "write") {
    for (const [file, text] of Object.entries(rendered)) await Bun.write(join(folder, file), text);
  }
  const texts = readdirSync(folder).map(async (file) => [file, await Bun.file(join(folder, file)).text()]);
  return Object.fromEntries(await Promise.all(texts));
}

function compiled(network: Network): Record<string, string> {
  const units = renderNetworkd(network).filter(({ name }) => /br-.*network|wan|ppp/.test(name));
  const files = units.map(({ name, text }) => [name, text] as const);
  return Object.fromEntries([...files, ["firewall.nft", renderFirewall(network)]]);
}

test("what IPv6 compiles to", async () => {
  const files = compiled(networkOf(config));
  expect(files).toEqual(await golden("ipv6", files));
});

test("what IPv6 compiles to where the provider speaks DHCP, and while there is no provider", async () => {
  const plain = compiled(networkOf(configOf({ wans: [{ port: "enp1s0" }] })));
  expect(plain).toEqual(await golden("ipv6-dhcp", plain));
  const alone = compiled(networkOf(configOf({ wans: [] })));
  expect(alone).toEqual(await golden("ipv6-alone", alone));
});

test("switched off, it leaves no trace", () => {
  const without = { ...networkOf(config), ipv6: undefined };
  const off = networkOf({ ...config, ipv6: { ...config.ipv6, enabled: false } });
  expect(compiled(off)).toEqual(compiled(without));
  expect(compiled(off)["firewall.nft"]).not.toContain("ip6");
});

test("a network keeps its number as others come and go, and a new one takes the lowest", () => {
  const before = new Map([
    ["home", 0],
    ["guest", 1],
    ["things", 2],
  ]);
  const lans = [{ name: "things" }, { name: "office" }, { name: "lab" }].map((lan) => ({
    ...lan,
    ports: [],
  }));
  const numbers = planIpv6(configOf({ lans, wifi: { networks: [] } }), {
    ...chosen,
    subnets: before,
  })?.subnets;
  expect(Object.fromEntries(numbers ?? [])).toEqual({ things: 2, office: 0, lab: 1 });
});

test("addresses within the home's own prefix", () => {
  const ipv6 = planIpv6(config, chosen)!;
  const owners = planIpv6(configOf({ ipv6: { ula: "fd00:1:2::/48" } }), chosen)!;
  expect([
    ulaAddress(ipv6, "home"),
    ulaAddress(ipv6, "things"),
    ulaPrefix(ipv6, "things"),
    ulaPrefix(owners, "home"),
  ]).toEqual(["fd12:3456:789a::1", "fd12:3456:789a:4::1", "fd12:3456:789a:4::/64", "fd00:1:2::/64"]);
});

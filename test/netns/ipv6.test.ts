/** IPv6 by the units and rules that the configuration compiles to, between a provider that delegates a prefix and a plain client. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { Delegation } from "@gatehouse/qemu/provider/dhcpv6.ts";
import type { Mac } from "../../runtime/src/addr/mac.ts";
import { snapshotRoute } from "../../runtime/src/linux/netlink/route.ts";
import { signalNetworkd } from "../../runtime/src/linux/networkd/reload.ts";
import { synchroniseUnits } from "../../runtime/src/linux/networkd/units.ts";
import { applyRuleset } from "../../runtime/src/linux/nftables/ruleset.ts";
import { setSysctls } from "../../runtime/src/linux/sysctl/sysctl.ts";
import { renderFirewall } from "../../runtime/src/render/firewall.ts";
import { planIpv6 } from "../../runtime/src/render/ipv6.ts";
import { configOf, networkWith } from "../../runtime/src/render/network.fixture.ts";
import type { Network } from "../../runtime/src/render/network.ts";
import { renderNetworkd, UNIT_PREFIX } from "../../runtime/src/render/networkd.ts";
import { renderSysctl } from "../../runtime/src/render/sysctl.ts";
import { Ipv6 } from "../../runtime/src/service/ipv6/ipv6.ts";
import { Namespace, until } from "./linux-namespace.ts";
import { Networkd } from "./networkd-process.ts";

setDefaultTimeout(60_000);

const PROVIDER = `[Match]
Name=provider0
[Network]
Address=2001:db8:0:1::1/64
IPv6SendRA=yes
[IPv6SendRA]
EmitDNS=no
[IPv6Prefix]
Prefix=2001:db8:0:1::/64
`;

/** Somebody on the Internet. */
const WEB = "2001:db8:f::80";
const ULA = "fd12:3456:789a";
const CLIENT_MAC = "02:00:5e:10:00:11" as Mac;
const SECONDS = { preferred: 120, valid: 240, renew: 4 };
const FIRST: Delegation = { prefix: "2001:db8:a:100::", length: 56, ...SECONDS };
const SECOND: Delegation = { prefix: "2001:db8:b:200::", length: 56, ...SECONDS };

const config = configOf({
  lans: [{ name: "lan" }],
  wifi: { networks: [] },
  ipv6: { pinholes: [{ device: CLIENT_MAC, protocol: "tcp", ports: 8080 }] },
});

const [router, provider, client] = [Namespace.create(), Namespace.create(), Namespace.create()];
const networkd = new Networkd(router);
const providerNetworkd = new Networkd(provider);
const servers: Bun.Subprocess[] = [];
let delegating: Bun.Subprocess | undefined;

const chosen = { ula: `${ULA}::/48`, subnets: { lan: 3 }, prefixes: {} };
const ipv6 = new Ipv6({ ipv6: () => chosen, keepIpv6: async () => {} });

/** What the router shall be, from what its kernel says now. */
function present(): Network {
  const side = planIpv6(config, ipv6.chosen(config, router.run(snapshotRoute)));
  return { ...networkWith({ config, wan: "wan0", ports: ["lan0"] }), ipv6: side };
}

beforeAll(async () => {
  provider.connect("provider0", router, "wan0");
  router.connect("lan0", client, "eth0");
  router.ip("link set wan0 address 02:00:5e:10:00:01");
  client.ip("link set eth0 down");
  client.ip(`link set eth0 address ${CLIENT_MAC}`);
  client.command(["sh", "-c", "echo 2 >/proc/sys/net/ipv6/conf/eth0/use_tempaddr"]);
  client.ip("link set eth0 up");
  provider.command(["sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding"]);
  provider.ip(`address add ${WEB}/128 dev lo`);
  servers.push(
    web(provider, WEB, 80),
    web(client, "::", 8080),
    web(client, "::", 8081),
    web(router, "::", 80),
  );
  providerNetworkd.write("provider.network", PROVIDER);
  await providerNetworkd.start();
  router.run(() => setSysctls(renderSysctl(present())));
  await networkd.start();
  await delegate(FIRST);
  apply();
});

afterAll(async () => {
  for (const server of [...servers, delegating]) server?.kill();
  await networkd.close();
  await providerNetworkd.close();
  for (const namespace of [router, provider, client]) namespace.close();
});

/** Brings the router to what follows from what it has seen, as the control plane does. */
function apply(): void {
  const network = present();
  router.run(() => applyRuleset(renderFirewall(network)));
  const { written } = synchroniseUnits(renderNetworkd(network), UNIT_PREFIX, networkd.units);
  if (written.length > 0) router.run(signalNetworkd);
}

function web(namespace: Namespace, address: string, port: number): Bun.Subprocess {
  const program = `Bun.serve({ hostname: "${address}", port: ${port}, fetch: (request, server) => new Response(server.requestIP(request).address) })`;
  return namespace.run(() =>
    Bun.spawn([process.execPath, "-e", program], { stdio: ["ignore", "ignore", "inherit"] }),
  );
}

/** Starts the provider's delegation, in place of the one before. */
async function delegate(delegation: Delegation): Promise<void> {
  delegating?.kill();
  await delegating?.exited;
  const program = join(import.meta.dir, "../../qemu/provider/delegation.ts");
  const words = [process.execPath, program, "provider0", JSON.stringify(delegation)];
  const server = provider.run(() => Bun.spawn(words, { stdio: ["ignore", "pipe", "inherit"] }));
  delegating = server;
  const reader = server.stdout.getReader();
  const { value } = await reader.read();
  expect(new TextDecoder().decode(value)).toStartWith("ready");
  reader.releaseLock();
}

interface Address {
  local: string;
  scope: string;
  temporary?: boolean;
  tentative?: boolean;
  deprecated?: boolean;
}

function addresses(namespace: Namespace, link: string): Address[] {
  const [facts] = JSON.parse(namespace.ip(`-json -6 address show dev ${link}`)) as { addr_info: Address[] }[];
  return (facts?.addr_info ?? []).filter(({ scope, tentative }) => scope === "global" && !tentative);
}

/** The client's addresses whose text starts so. */
const own = (prefix: string) => addresses(client, "eth0").filter(({ local }) => local.startsWith(prefix));

/** What a page says over HTTP; empty when it cannot be reached within a second. */
function fetched(from: Namespace, address: string, port = 80): string {
  const url = `http://[${address}]:${port}/`;
  return from.run(() => Bun.spawnSync(["curl", "-s", "-m", "1", url])).stdout.toString();
}

function pings(from: Namespace, address: string): boolean {
  return from.run(() => Bun.spawnSync(["ping", "-q", "-n", "-c", "1", "-W", "1", address])).exitCode === 0;
}

test("a client gets addresses of the provider's prefix and of the home's, and reaches a server that has IPv6 only", async () => {
  await until(
    "addresses of both prefixes",
    () => own("2001:db8:a:103:").length > 1 && own(`${ULA}:3:`).length > 1,
    30_000,
  );
  const privacy = () =>
    own("2001:db8:a:103:")
      .filter(({ temporary }) => temporary)
      .map(({ local }) => local);
  await until("an answer to a privacy address", () => privacy().includes(fetched(client, WEB)), 10_000);
  expect(networkd.complaints()).toEqual([]);
  await until("the router's own addresses", () => addresses(router, "br-lan").length === 2);
  expect(
    addresses(router, "br-lan")
      .map(({ local }) => local)
      .toSorted(),
  ).toEqual(["2001:db8:a:103::1", `${ULA}:3::1`]);
});

/** The client's addresses of a prefix, on which it is asked from the Internet at `port`; those that answer. */
function answering(prefix: string, port: number): string[] {
  return own(prefix)
    .map(({ local }) => local)
    .filter((address) => fetched(provider, address, port) !== "");
}

/** The router's link-local address on the provider's side. */
function routersLink(): string {
  const [facts] = JSON.parse(router.ip("-json -6 address show dev wan0")) as { addr_info: Address[] }[];
  return facts?.addr_info.find(({ scope }) => scope === "link")?.local ?? "";
}

/** What the firewall has refused, by counter. */
function refused(name: string): number {
  const listed = router.command(["nft", "-j", "list", "counter", "inet", "gatehouse", name]);
  return JSON.parse(listed).nftables[1].counter.packets;
}

test("nothing that began outside comes in but echoes, and the page is the home's", () => {
  expect({
    server: answering("2001:db8:a:103:", 8081),
    pinholeOfNobody: answering("2001:db8:a:103:", 8080),
    echoes: own("2001:db8:a:103:").map(({ local }) => pings(provider, local)),
    routerEchoes: pings(provider, "2001:db8:a:103::1"),
    pageOutside: fetched(provider, "2001:db8:a:103::1"),
    pageAtHome: fetched(client, `${ULA}:3::1`) !== "",
  }).toEqual({
    server: [],
    pinholeOfNobody: [],
    echoes: [true, true],
    routerEchoes: true,
    pageOutside: "",
    pageAtHome: true,
  });
  expect(refused("input_wan")).toBeGreaterThan(0);
});

test("a source that is not the home's goes nowhere, and the home's own addresses stay at home", () => {
  const from = (address: string) =>
    client.run(() => Bun.spawnSync(["ping", "-q", "-n", "-c", "1", "-W", "1", "-I", address, WEB]))
      .exitCode === 0;
  client.ip("address add 2001:db8:77::9/128 dev eth0 nodad");
  provider.ip(`route add 2001:db8:77::9 via ${routersLink()} dev provider0`);
  const before = refused("forward_spoofed");
  const spoofed = from("2001:db8:77::9");
  const counted = refused("forward_spoofed") - before;
  client.ip("address del 2001:db8:77::9/128 dev eth0");
  const [ula] = own(ULA);
  expect([spoofed, counted, from(ula!.local)]).toEqual([false, 1, false]);
});

test("a pinhole leads to every address of its device, at its port alone", () => {
  apply();
  const all = own("2001:db8:a:103:").map(({ local }) => local);
  expect([answering("2001:db8:a:103:", 8080), answering("2001:db8:a:103:", 8081)]).toEqual([all, []]);
});

test("the provider gives another prefix: devices take it up, the former is no longer used, the pinhole follows", async () => {
  apply();
  await delegate(SECOND);
  await until("addresses of the new prefix", () => own("2001:db8:b:203:").length > 1, 30_000);
  await until("the new prefix's use", () => fetched(client, WEB).startsWith("2001:db8:b:203:"), 10_000);
  await until(
    "the former prefix's end",
    () => {
      apply();
      return own("2001:db8:a:103:").every(({ deprecated }) => deprecated);
    },
    10_000,
  );
  const hardware = "2001:db8:b:203:0:5eff:fe10:11";
  expect(answering("2001:db8:b:203:", 8080)).toContain(hardware);
  expect(answering("2001:db8:b:203:", 8081)).toEqual([]);
});

test("without a provider the home's own addresses go on", async () => {
  provider.ip("link set provider0 down");
  await until("the WAN's cable is out", () => router.ip("link show wan0").includes("NO-CARRIER"));
  expect(fetched(client, `${ULA}:3::1`)).toStartWith(ULA);
});

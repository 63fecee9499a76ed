import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { bind, close, sendTo, socket } from "../../runtime/src/linux/ffi/libc.ts";
import { applyRuleset } from "../../runtime/src/linux/nftables/ruleset.ts";
import { renderClosedFirewall, renderFirewall, TRANSLATED_MARK } from "../../runtime/src/render/firewall.ts";
import { networkWith } from "../../runtime/src/render/network.fixture.ts";
import { Namespace } from "./linux-namespace.ts";

const network = networkWith({ wan: "wan0", ports: ["lan0"] });

const [router, neighbour, client] = [Namespace.create(), Namespace.create(), Namespace.create()];
const server = router.run(() => Bun.listen({ hostname: "0.0.0.0", port: 80, socket: { data() {} } }));

beforeAll(() => {
  // Neighbour discovery would be refused, too, and counted at times of its own.
  for (const namespace of [router, neighbour, client]) {
    namespace.command([
      "sh",
      "-c",
      "for i in all default; do echo 1 >/proc/sys/net/ipv6/conf/$i/disable_ipv6; done",
    ]);
  }
  router.connect("wan0", neighbour, "eth0");
  router.connect("lan0", client, "eth0");
  router.ip("link add br-lan type bridge");
  router.ip("link set lan0 master br-lan");
  router.ip("link set br-lan up");
  router.ip("address add 192.168.77.1/24 dev br-lan");
  router.ip("address add 198.51.100.2/24 dev wan0");
  router.command(["sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"]);
  neighbour.ip("address add 198.51.100.1/24 dev eth0");
  // Nothing but our policy keeps whoever shares the provider's wire from sending straight to the LAN's addresses.
  neighbour.ip("route add 192.168.77.0/24 via 198.51.100.2");
  client.ip("address add 192.168.77.20/24 dev eth0");
  client.ip("address add 203.0.113.9/32 dev eth0");
  client.ip("route add default via 192.168.77.1");
});

beforeEach(() => load(renderFirewall(network)));

afterAll(() => {
  server.stop();
  for (const namespace of [router, neighbour, client]) namespace.close();
});

function load(text: string): void {
  router.run(() => applyRuleset(text));
}

/** Whether an echo from `source`'s address of that name comes back. */
function pings(source: Namespace, target: string, from = ""): boolean {
  const options = from === "" ? [] : ["-I", from];
  const words = ["ping", "-q", "-n", "-c", "1", "-W", "0.3", ...options, target];
  return source.run(() => Bun.spawnSync(words)).exitCode === 0;
}

/** Whether a TCP connection opens. */
function opens(source: Namespace, target: string): boolean {
  const words = ["timeout", "0.3", "bash", "-c", `</dev/tcp/${target}/80`];
  return source.run(() => Bun.spawnSync(words)).exitCode === 0;
}

/** Sends the router `count` datagrams as a DHCP client would. */
function requestAddresses(count: number): void {
  const endpoint = (port: number, address: string) =>
    Uint8Array.of(2, 0, 0, port, ...address.split(".").map(Number), 0, 0, 0, 0, 0, 0, 0, 0);
  const SOCK_DGRAM = 2;
  client.run(() => {
    const fd = socket(2, SOCK_DGRAM, 0);
    bind(fd, endpoint(68, "192.168.77.20"));
    for (let i = 0; i < count; i++) sendTo(fd, Uint8Array.of(0), endpoint(67, "192.168.77.1"));
    close(fd);
  });
}

/** Names of the counters that have counted a refused packet. */
function refusals(): string[] {
  const listed = JSON.parse(
    router.command(["nft", "--json", "list", "counters", "table", "inet", "gatehouse"]),
  );
  const objects = listed.nftables as { counter?: { name: string; packets: number } }[];
  return objects.flatMap(({ counter }) => (counter && counter.packets > 0 ? [counter.name] : []));
}

test("the page is open to the LAN and closed to the WAN, which may ping", () => {
  expect([
    opens(client, "192.168.77.1"),
    pings(client, "192.168.77.1"),
    pings(neighbour, "198.51.100.2"),
  ]).toEqual([true, true, true]);
  expect(refusals()).toEqual([]);
  expect([opens(neighbour, "198.51.100.2"), opens(neighbour, "192.168.77.1"), refusals()]).toEqual([
    false,
    false,
    ["input_wan"],
  ]);
});

test("a flood of DHCP messages ends before the server, a home's do not", () => {
  requestAddresses(100);
  expect(refusals()).toEqual([]);
  requestAddresses(2000);
  expect(refusals()).toEqual(["input_lan"]);
});

test("a neighbour who routes straight to the LAN is refused; what the NAT has translated gets in", () => {
  expect([pings(neighbour, "192.168.77.20"), refusals()]).toEqual([false, ["forward_untranslated"]]);
  router.command(
    ["nft", "-f", "-"],
    `table ip gatehouse_nat {
      chain translated {
        type filter hook prerouting priority -310
        iifname "wan0" ip daddr 192.168.77.20 meta mark set meta mark or ${TRANSLATED_MARK | 0x10000000}
      }
    }`,
  );
  expect([pings(neighbour, "192.168.77.20"), pings(client, "198.51.100.1")]).toEqual([true, true]);
  router.command(["nft", "delete", "table", "ip", "gatehouse_nat"]);
});

test("the LAN sends from its own addresses only, and not to itself through the router", () => {
  expect([pings(client, "198.51.100.1", "203.0.113.9"), refusals()]).toEqual([false, ["forward_spoofed"]]);
  client.ip("route add 192.168.77.21/32 via 192.168.77.1");
  expect([pings(client, "192.168.77.21"), refusals()]).toEqual([false, ["forward_spoofed", "forward_other"]]);
});

test("loading again replaces the policy and leaves the NAT's table alone", () => {
  router.command(
    ["nft", "-f", "-"],
    "table ip gatehouse_nat { set bindings { type ipv4_addr; elements = { 192.0.2.7 }; }; }",
  );
  const before = router.command(["nft", "list", "ruleset"]);
  load(renderFirewall(network));
  expect(router.command(["nft", "list", "ruleset"]).split("\n").toSorted()).toEqual(
    before.split("\n").toSorted(),
  );
  router.command(["nft", "delete", "table", "ip", "gatehouse_nat"]);
});

test("before any configuration the router reaches out, and nothing comes in or passes", () => {
  load(renderClosedFirewall());
  expect([
    pings(router, "198.51.100.1"),
    opens(client, "192.168.77.1"),
    pings(client, "192.168.77.1"),
    pings(client, "198.51.100.1"),
  ]).toEqual([true, false, false, false]);
});

test("without a WAN the LAN still reaches its router", () => {
  load(renderFirewall(networkWith({ ports: ["lan0"] })));
  expect([opens(client, "192.168.77.1"), pings(neighbour, "198.51.100.2"), refusals()]).toEqual([
    true,
    false,
    ["input_other"],
  ]);
});

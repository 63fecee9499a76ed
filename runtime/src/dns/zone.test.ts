import { expect, test } from "bun:test";
import { decode, encode, type RecordType } from "dns-packet";
import { parseIPv4 } from "../addr/ipv4.ts";
import { parsePrefix } from "../addr/prefix.ts";
import { type DnsMessage, parseDns } from "../wire/dns/message.ts";
import { DnsNameError } from "../wire/dns/records.ts";
import type { Host, ZoneNetwork } from "./name-table.ts";
import { privateReverseZone, reverseAddress, reverseName } from "./names.ts";
import { LocalZone } from "./zone.ts";

const ip = (dotted: string) => parseIPv4(dotted)!;
const HOSTS: Host[] = [
  { name: "Laptop", address: ip("192.168.77.20") },
  { name: "laptop", address: ip("192.168.77.21") },
  { name: "router", address: ip("192.168.77.66") },
  { name: "gatehouse", address: ip("192.168.77.66") },
  { name: "wpad", address: ip("192.168.77.66") },
  { name: "localhost", address: ip("192.168.77.66") },
  { name: "two.labels", address: ip("192.168.77.66") },
  { name: "", address: ip("192.168.77.66") },
];
const LAN: ZoneNetwork[] = [parsePrefix("192.168.77.1/24")!, parsePrefix("198.18.0.1/24")!];
const zone = (domain = "lan", lan = LAN, hosts = HOSTS) =>
  new LocalZone({ domain, routerName: "Router", routerAddress: ip("192.168.77.1"), lan }, hosts);

/** "outside" when the question is for others, else the data of the answer, or the response code and the zone. */
function ask(local: LocalZone, name: string, type: RecordType = "A", asker = "192.168.77.20"): string {
  const query = parseDns(new Uint8Array(encode({ questions: [{ name, type }] }))) as DnsMessage;
  const answer = local.answer(query.question!, ip(asker));
  if (answer === undefined) return "outside";
  const { answers = [], authorities = [] } = decode(Buffer.from(answer.bytes));
  const [first] = answers;
  if (first !== undefined) return "data" in first ? String(first.data) : first.type;
  return `${answer.rcode === 3 ? "no such name" : "no such record"} in ${authorities[0]!.name}`;
}

test.each<[string, RecordType, string]>([
  ["laptop.lan", "A", "192.168.77.20"],
  ["LAPTOP.Lan", "A", "192.168.77.20"],
  ["laptop", "A", "192.168.77.20"],
  ["laptop.lan", "AAAA", "no such record in lan"],
  ["unknown.lan", "A", "no such name in lan"],
  ["a.laptop.lan", "A", "no such name in lan"],
  ["lan", "A", "no such record in lan"],
  ["router.lan", "A", "192.168.77.1"],
  ["gatehouse.lan", "A", "192.168.77.1"],
  ["gatehouse", "ANY" as RecordType, "192.168.77.1"],
  ["router", "A", "192.168.77.1"],
  ["wpad.lan", "A", "no such name in lan"],
  ["wpad", "A", "no such name in ."],
  ["localhost", "A", "127.0.0.1"],
  ["a.localhost", "A", "127.0.0.1"],
  ["a\\b.localhost", "A", "no such record in localhost"],
  ["unknown", "A", "no such name in ."],
  ["com", "A", "no such name in ."],
  ["com", "NS", "outside"],
  ["com", "DS", "outside"],
  ["laptop", "NS", "no such record in ."],
  [".", "NS", "outside"],
  ["www.example.com", "A", "outside"],
  ["notlan", "A", "no such name in ."],
  ["x.notlan", "A", "outside"],
  ["printer.local", "A", "no such name in local"],
  ["nas.home.arpa", "A", "no such name in home.arpa"],
  ["site.onion", "A", "no such name in onion"],
  ["_dns.resolver.arpa", "SRV", "no such name in resolver.arpa"],
  ["20.77.168.192.in-addr.arpa", "PTR", "laptop.lan"],
  ["1.77.168.192.in-addr.arpa", "PTR", "router.lan"],
  ["1.77.168.192.in-addr.arpa", "A", "no such record in 168.192.in-addr.arpa"],
  ["99.77.168.192.in-addr.arpa", "PTR", "no such name in 168.192.in-addr.arpa"],
  ["9.0.18.198.in-addr.arpa", "PTR", "no such name in 0.18.198.in-addr.arpa"],
  ["1.2.3.10.in-addr.arpa", "PTR", "no such name in 10.in-addr.arpa"],
  ["10.in-addr.arpa", "SOA", "no such name in 10.in-addr.arpa"],
  ["b._dns-sd._udp.0.0.31.172.in-addr.arpa", "PTR", "no such name in 31.172.in-addr.arpa"],
  ["1.0.32.172.in-addr.arpa", "PTR", "outside"],
  ["1.1.1.1.in-addr.arpa", "PTR", "outside"],
  ["in-addr.arpa", "NS", "outside"],
  ["1.0.0.0.d.f.ip6.arpa", "PTR", "no such name in d.f.ip6.arpa"],
  ["ipv4only.arpa", "A", "outside"],
])("%s %s is answered with %s", (name, type, expected) => {
  expect(ask(zone(), name, type)).toBe(expected);
});

test("home.arpa can be the home's domain", () => {
  expect(
    ["laptop.home.arpa", "x.home.arpa", "laptop.lan"].map((name) => ask(zone("home.arpa"), name)),
  ).toEqual(["192.168.77.20", "no such name in home.arpa", "outside"]);
});

test.each(["", "a..b", "la n", "x".repeat(64), Array(50).fill("abcd").join(".")])(
  "%p is no domain for a home",
  (domain) => {
    expect(() => zone(domain)).toThrow(DnsNameError);
  },
);

test("hosts can be replaced", () => {
  const local = zone();
  local.setHosts([{ name: "tv", address: ip("192.168.77.30") }]);
  expect(["tv.lan", "laptop.lan", "gatehouse.lan"].map((name) => ask(local, name))).toEqual([
    "192.168.77.30",
    "no such name in lan",
    "192.168.77.1",
  ]);
});

test("the router's name is its address in the asker's network, and each of them is the router's", () => {
  const asked = (name: string, type: RecordType = "A") =>
    ["192.168.77.20", "198.18.0.9", "127.0.0.1"].map((asker) => ask(zone(), name, type, asker));
  expect([
    asked("gatehouse.lan"),
    asked("router"),
    asked("1.0.18.198.in-addr.arpa", "PTR"),
    asked("1.77.168.192.in-addr.arpa", "PTR"),
  ]).toEqual([
    ["192.168.77.1", "198.18.0.1", "192.168.77.1"],
    ["192.168.77.1", "198.18.0.1", "192.168.77.1"],
    Array(3).fill("router.lan"),
    Array(3).fill("router.lan"),
  ]);
});

test("the router has an IPv6 address in the networks that have one, nobody else", () => {
  const [home, guest] = LAN;
  const local = zone("lan", [{ ...home!, ipv6: "fd12:3456:789a::1" }, guest!]);
  expect([
    ask(local, "router.lan", "AAAA"),
    ask(local, "gatehouse", "AAAA"),
    ask(local, "router.lan"),
    ask(local, "router.lan", "AAAA", "198.18.0.9"),
    ask(local, "laptop.lan", "AAAA"),
  ]).toEqual([
    "fd12:3456:789a::1",
    "fd12:3456:789a::1",
    "192.168.77.1",
    "no such record in lan",
    "no such record in lan",
  ]);
});

test("devices are told the names of those they may reach, their own network's before others'", () => {
  const [home, guest] = [parsePrefix("192.168.77.1/24")!, parsePrefix("192.168.78.1/24")!];
  const tv = { address: ip("192.168.78.30"), length: 32 };
  const local = zone(
    "lan",
    [
      { ...home, sees: [home, tv] },
      { ...guest, sees: [guest] },
    ],
    [
      { name: "tv", address: tv.address },
      { name: "nas", address: ip("192.168.78.66") },
      { name: "nas", address: ip("192.168.77.30") },
      { name: "phone", address: ip("192.168.78.40") },
    ],
  );
  const asked = (asker: string) =>
    ["nas", "tv", "phone"].map((name) => ask(local, `${name}.lan`, "A", asker));
  const hidden = "no such name in lan";
  expect([asked("192.168.77.20"), asked("192.168.78.40"), asked("127.0.0.1")]).toEqual([
    ["192.168.77.30", "192.168.78.30", hidden],
    ["192.168.78.66", "192.168.78.30", "192.168.78.40"],
    ["192.168.78.66", "192.168.78.30", "192.168.78.40"],
  ]);
  expect(ask(local, "30.77.168.192.in-addr.arpa", "PTR", "192.168.78.40")).toStartWith("no such name");
});

test("reverse names are those of addresses", () => {
  expect(reverseName(ip("192.0.2.7"))).toBe("7.2.0.192.in-addr.arpa");
  expect(
    ["7.2.0.192.in-addr.arpa", "256.2.0.192.in-addr.arpa", "2.0.192.in-addr.arpa"].map(reverseAddress),
  ).toEqual([ip("192.0.2.7"), undefined, undefined]);
});

test("the private zone of an IPv6 reverse name is found at its very end", () => {
  const loopback = `1.${"0.".repeat(31)}ip6.arpa`;
  expect([loopback, `2.${loopback.slice(2)}`, "x.9.e.f.ip6.arpa"].map(privateReverseZone)).toEqual([
    loopback,
    undefined,
    "9.e.f.ip6.arpa",
  ]);
});

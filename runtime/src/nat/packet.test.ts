import { beforeEach, expect, test } from "bun:test";
import { parseIPv4 } from "../addr/ipv4.ts";
import { parsePrefix } from "../addr/prefix.ts";
import { MALFORMED, SOURCE_NOT_LOCAL, UNSUPPORTED_PROTOCOL } from "./drops.ts";
import { FakeFastPath } from "./fake-fast-path.ts";
import { Nat } from "./nat.ts";
import { admit, observe } from "./packet.ts";
import { icmp, ipv4, ports } from "./packets.fixture.ts";
import { ICMP_QUERY, TCP, UDP } from "./transport.ts";

const LANS = [parsePrefix("192.168.77.1/24")!];
const HOST = "192.168.77.10";
const ADDRESS = parseIPv4(HOST)!;
const SERVER = "203.0.113.80";

let nat: Nat;
beforeEach(() => {
  nat = new Nat({ fastPath: new FakeFastPath(), random: () => 0.5 });
});

function decide(view: DataView, available = view.byteLength, now = 1): number {
  return admit(nat, LANS, view, 0, available, now);
}

test("the first packet of each transport makes a binding", () => {
  const results = [
    decide(ipv4(6, HOST, SERVER, ports(1000, 80, 20))),
    decide(ipv4(17, HOST, SERVER, ports(1001, 53))),
    decide(ipv4(1, HOST, SERVER, icmp(8, 1002))),
  ];
  const bound = ([TCP, UDP, ICMP_QUERY] as const).map((transport, i) =>
    nat.translations.externalPortOf(transport, ADDRESS, 1000 + i),
  );
  expect([results, bound]).toEqual([
    [0, 0, 0],
    [1000, 1001, 1002],
  ]);
});

test("what cannot be translated is dropped and counted by its reason", () => {
  const laterFragment = ipv4(17, HOST, SERVER, ports(1, 2));
  laterFragment.setUint16(6, 100);
  const tinyDataOffset = ipv4(6, HOST, SERVER, new Uint8Array(20));
  const results = [
    decide(ipv4(17, "10.9.9.9", SERVER, ports(1, 2))),
    decide(ipv4(89, HOST, SERVER, new Uint8Array(8))),
    decide(ipv4(1, HOST, SERVER, icmp(0, 1))),
    decide(laterFragment),
    decide(tinyDataOffset),
  ];
  expect([results, nat.drops.report(), nat.counters.bindings]).toEqual([
    [SOURCE_NOT_LOCAL, UNSUPPORTED_PROTOCOL, UNSUPPORTED_PROTOCOL, MALFORMED, MALFORMED],
    { "source-not-local": 1, "unsupported-protocol": 2, malformed: 2 },
    0,
  ]);
});

test("a packet cut at any length before its ports is malformed, and never read past", () => {
  for (const [protocol, needed] of [
    [6, 40],
    [17, 28],
    [1, 28],
  ] as const) {
    const payload = protocol === 1 ? icmp(8, 9) : ports(1, 2, needed - 20);
    const whole = new Uint8Array(ipv4(protocol, HOST, SERVER, payload).buffer);
    for (let length = 0; length < needed; length++) {
      expect(decide(new DataView(whole.slice(0, length).buffer))).toBe(MALFORMED);
    }
  }
});

test("packets seen in the home keep their binding alive, whichever way they go", () => {
  const outbound = ipv4(17, HOST, SERVER, ports(1001, 53));
  const inbound = ipv4(17, SERVER, HOST, ports(53, 1001));
  decide(outbound);
  observe(nat, outbound, 0, outbound.byteLength, "outbound", 100, 200_000);
  nat.expire(400_000);
  observe(nat, inbound, 0, inbound.byteLength, "inbound", 100, 400_000);
  nat.expire(600_000);
  expect(nat.counters.bindings).toBe(1);
  nat.expire(700_000);
  expect(nat.counters.bindings).toBe(0);
});

test("of ICMP, only a query's own packets keep its binding", () => {
  decide(ipv4(1, HOST, SERVER, icmp(8, 7)));
  const unreachable = ipv4(1, SERVER, HOST, icmp(3, 7));
  observe(nat, unreachable, 0, unreachable.byteLength, "inbound", 100, 50_000);
  nat.expire(61_000);
  expect(nat.counters.bindings).toBe(0);
});

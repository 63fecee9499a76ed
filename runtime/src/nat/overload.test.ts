import { beforeEach, expect, test } from "bun:test";
import { ACK, RST, SYN } from "../wire/tcp.ts";
import { HOST_LIMIT, PORTS_EXHAUSTED } from "./drops.ts";
import { OVERLOAD_PORTS } from "./external-ports.ts";
import { FakeFastPath } from "./fake-fast-path.ts";
import { Nat } from "./nat.ts";
import { MAX_OVERLOADED } from "./overload.ts";
import type { NatPolicy } from "./policy.ts";
import { DEFAULT_TIMERS } from "./timers.ts";
import { ICMP_QUERY, TCP, UDP } from "./transport.ts";

const ALICE = 0xc0a84d0a;
const BOB = 0xc0a84d0b;
const SERVER = 0xcb007150;
const PORTS = OVERLOAD_PORTS.last - OVERLOAD_PORTS.first + 1;

let fastPath: FakeFastPath;
let nat: Nat;
let now: number;

beforeEach(() => {
  fastPath = new FakeFastPath();
  now = 1;
  nat = makeNat();
});

/** An engine with two ports for bindings, 60000 and 60001, unless other `heldBack` says so. */
function makeNat(policy: Partial<NatPolicy> = {}, random = () => 0.5): Nat {
  const heldBack = [
    { first: 1, last: 59999 },
    { first: 60002, last: 65535 },
  ];
  return new Nat({ fastPath, random, policy, heldBack });
}

function exhaust(): void {
  nat.outbound(UDP, ALICE, 60000, SERVER, 1, now);
  nat.outbound(UDP, ALICE, 60001, SERVER, 1, now);
}

function endpoint(externalPort: number, remotePort: number, transport: typeof UDP | typeof TCP = UDP) {
  const into = { address: 0, port: 0 };
  return nat.translations.overloadEndpointOf(transport, externalPort, SERVER, remotePort, into)
    ? into
    : undefined;
}

test("RFC 4787 REQ-3: no port is overloaded while one is free, then sessions share the overload ports", () => {
  exhaust();
  const port = nat.outbound(UDP, BOB, 5000, SERVER, 53, now);
  expect([
    port >= OVERLOAD_PORTS.first && port <= OVERLOAD_PORTS.last,
    endpoint(port, 53),
    endpoint(port, 54),
  ]).toEqual([true, { address: BOB, port: 5000 }, undefined]);
  expect(nat.counters).toMatchObject({ bindings: 2, overloaded: 1, sessions: 1, created: 3 });
});

test("a session keeps its port; two hosts never have one port towards one remote, and may towards two", () => {
  exhaust();
  const [first, other, elsewhere] = [
    nat.outbound(UDP, BOB, 5000, SERVER, 53, now),
    nat.outbound(UDP, ALICE, 5000, SERVER, 53, now),
    nat.outbound(UDP, ALICE, 5000, SERVER, 54, now),
  ];
  expect([nat.outbound(UDP, BOB, 5000, SERVER, 53, now), first === other, elsewhere]).toEqual([
    first,
    false,
    first,
  ]);
});

test("RFC 6888 REQ-7: who has a binding keeps it, towards new remotes too", () => {
  exhaust();
  nat.outbound(UDP, BOB, 5000, SERVER, 53, now);
  expect(nat.outbound(UDP, ALICE, 60000, SERVER, 9, now)).toBe(60000);
});

test("an endpoint with overload sessions gets no binding until they have ended: their ports would change", () => {
  exhaust();
  const port = nat.outbound(UDP, BOB, 5000, SERVER, 53, now);
  nat.settle(now);
  now = DEFAULT_TIMERS.udp;
  nat.touch(UDP, BOB, 5000, SERVER, 53, "inbound", 0, 100, now);
  now += DEFAULT_TIMERS.quarantine;
  while (nat.expire(now));
  now += DEFAULT_TIMERS.quarantine;
  while (nat.expire(now));
  expect([nat.counters.bindings, nat.counters.overloaded]).toEqual([0, 1]);
  expect([
    nat.outbound(UDP, BOB, 5000, SERVER, 53, now),
    nat.outbound(UDP, BOB, 5000, SERVER, 54, now),
  ]).toEqual([port, port]);
  nat.settle(now);
  now += DEFAULT_TIMERS.udp;
  while (nat.expire(now));
  expect([nat.counters.overloaded, nat.outbound(UDP, BOB, 5000, SERVER, 53, now)]).toEqual([0, 60000]);
});

test("an endpoint whose sessions have ended is bound again, whatever sessions others have", () => {
  exhaust();
  for (const host of [ALICE, BOB]) nat.outbound(UDP, host, 5000, SERVER, 53, now);
  nat.settle(now);
  now += DEFAULT_TIMERS.udp - 1;
  nat.touch(UDP, BOB, 5000, SERVER, 53, "outbound", 0, 100, now);
  while (nat.expire(++now));
  now += DEFAULT_TIMERS.quarantine;
  expect([nat.counters.overloaded, nat.outbound(UDP, ALICE, 5000, SERVER, 53, now)]).toEqual([1, 60000]);
});

test("the fast path learns sessions at settle and forgets them when they expire", () => {
  exhaust();
  const port = nat.outbound(UDP, BOB, 5000, SERVER, 53, now);
  expect(fastPath.sessions.size).toBe(0);
  nat.settle(now);
  expect([...fastPath.sessions.values()]).toEqual([[UDP, BOB, 5000, port, SERVER, 53]]);
  now += DEFAULT_TIMERS.udp - 1;
  nat.expire(now);
  expect(fastPath.sessions.size).toBe(1);
  nat.expire(++now);
  expect([fastPath.sessions.size, endpoint(port, 53), nat.counters.expired]).toEqual([0, undefined, 3]);
});

test("RFC 5382 REQ-5: TCP's timers hold for overload sessions, by their own state", () => {
  for (const port of [60000, 60001]) nat.outbound(TCP, ALICE, port, SERVER, 1, now);
  const see = (direction: "outbound" | "inbound", flags: number, remotePort: number) =>
    nat.touch(TCP, BOB, 5000, SERVER, remotePort, direction, flags, 40, now);
  for (const remotePort of [80, 81, 82]) {
    nat.outbound(TCP, BOB, 5000, SERVER, remotePort, now);
    see("outbound", SYN, remotePort);
    see("inbound", SYN | ACK, remotePort);
    if (remotePort !== 80) see("outbound", ACK, remotePort);
  }
  see("inbound", RST, 82);
  nat.settle(now);
  const states: string[] = [];
  for (let cursor = 0; cursor >= 0; )
    cursor = nat.listSessions({ transport: TCP }, cursor, 1000, ({ state }) => states.push(state));
  expect(states.sort()).toEqual(["established", "opening", "reset"]);
  now += DEFAULT_TIMERS.tcpTransitory;
  while (nat.expire(now));
  expect([...fastPath.sessions.values()].map((session) => session[5])).toEqual([81]);
  now += DEFAULT_TIMERS.tcpEstablished;
  while (nat.expire(now));
  expect(fastPath.sessions.size).toBe(0);
});

test("RFC 6888 REQ-4: overload sessions count for the host's limit", () => {
  nat = makeNat({ hostLimit: 3 });
  exhaust();
  const ports = [1, 2].map((port) => nat.outbound(UDP, ALICE, port, SERVER, 53, now));
  expect([ports[0]! > 0, ports[1], nat.outbound(UDP, BOB, 1, SERVER, 53, now) > 0]).toEqual([
    true,
    HOST_LIMIT,
    true,
  ]);
});

test("what has ended counts for the host's limit no more", () => {
  nat = makeNat({ hostLimit: 3 });
  for (let round = 0; round < 3; round++) {
    exhaust();
    expect(nat.outbound(UDP, ALICE, 5000, SERVER, 53, now)).toBeGreaterThanOrEqual(OVERLOAD_PORTS.first);
    nat.settle(now);
    now += DEFAULT_TIMERS.udp;
    while (nat.expire(now));
  }
});

test("ICMP queries are not overloaded", () => {
  nat = makeNat({ hostLimit: 1 << 20 });
  for (let id = 0; id < 65536; id++) nat.outbound(ICMP_QUERY, ALICE, id, 0, 0, now);
  expect(nat.outbound(ICMP_QUERY, BOB, 1, 0, 0, now)).toBe(PORTS_EXHAUSTED);
});

test("a refusal gives sessions up, and the next packet tries again", () => {
  exhaust();
  nat.settle(now);
  fastPath.refuses = true;
  nat.outbound(UDP, BOB, 5000, SERVER, 53, now);
  expect(() => nat.settle(now)).toThrow("refused");
  fastPath.refuses = false;
  expect([nat.counters.overloaded, nat.drops.report()]).toEqual([0, { "fast-path-refused": 1 }]);
  nat.outbound(UDP, BOB, 5000, SERVER, 53, now);
  nat.settle(now);
  expect(fastPath.sessions.size).toBe(1);
});

test("towards one remote endpoint there are as many sessions as overload ports, all different, then none", () => {
  let seed = 0.123;
  nat = makeNat({ hostLimit: 1 << 20 }, () => (seed = (seed * 997) % 1));
  exhaust();
  const ports = Array.from({ length: PORTS }, (_, i) => nat.outbound(UDP, BOB, 1 + i, SERVER, 53, now));
  expect([new Set(ports).size, Math.min(...ports), Math.max(...ports)]).toEqual([
    PORTS,
    OVERLOAD_PORTS.first,
    OVERLOAD_PORTS.last,
  ]);
  expect([
    nat.outbound(UDP, BOB, 9999, SERVER, 53, now),
    nat.outbound(UDP, BOB, 9999, SERVER, 54, now) > 0,
  ]).toEqual([PORTS_EXHAUSTED, true]);
});

test("past the bound of all sessions newcomers are refused and nobody is evicted", () => {
  let seed = 0.123;
  nat = makeNat({ hostLimit: 1 << 20 }, () => (seed = (seed * 997) % 1));
  exhaust();
  const begin = (i: number) => nat.outbound(UDP, BOB, 1 + (i & 511), SERVER + (i >>> 9), 53, now);
  for (let i = 0; i < MAX_OVERLOADED; i++) expect(begin(i)).toBeGreaterThan(0);
  const before = begin(0);
  expect([begin(MAX_OVERLOADED), begin(0), nat.counters.overloaded]).toEqual([
    PORTS_EXHAUSTED,
    before,
    MAX_OVERLOADED,
  ]);
  now += DEFAULT_TIMERS.udp;
  nat.settle(now);
  while (nat.expire(now));
  expect([nat.counters.overloaded, fastPath.sessions.size, begin(MAX_OVERLOADED) > 0]).toEqual([0, 0, true]);
});

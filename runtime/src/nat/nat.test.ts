import { beforeEach, describe, expect, test } from "bun:test";
import { parseIPv4 } from "../addr/ipv4.ts";
import { ACK, FIN, RST, SYN } from "../wire/tcp.ts";
import { FAST_PATH_REFUSED, HOST_LIMIT, PORTS_EXHAUSTED, reasonOf } from "./drops.ts";
import { FakeFastPath } from "./fake-fast-path.ts";
import { Nat, type NatOptions } from "./nat.ts";
import { ICMP_QUERY, TCP, UDP } from "./transport.ts";

const ALICE = parseIPv4("192.168.77.10")!;
const BOB = parseIPv4("192.168.77.11")!;
const SERVER = parseIPv4("203.0.113.80")!;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

let fastPath: FakeFastPath;
let nat: Nat;
let now: number;

beforeEach(() => {
  fastPath = new FakeFastPath();
  now = 1;
  nat = makeNat();
});

function makeNat(options: Partial<NatOptions> = {}): Nat {
  return new Nat({ fastPath, random: () => 0.5, ...options });
}

function internal(transport: typeof TCP | typeof UDP, externalPort: number) {
  const into = { address: 0, port: 0 };
  return nat.translations.internalEndpointOf(transport, externalPort, into) ? into : undefined;
}

/** Lets time pass, looking at the timers as often as the data plane does. */
function pass(milliseconds: number): void {
  for (const end = now + milliseconds; now < end; ) {
    now = Math.min(end, now + 30 * SECOND);
    nat.expire(now);
  }
}

describe("mapping", () => {
  test("RFC 4787 REQ-1, RFC 5382 REQ-1: one external port per internal endpoint, whatever the remote", () => {
    const first = nat.outbound(UDP, ALICE, 5000, SERVER, 443, now);
    expect([first, nat.outbound(UDP, ALICE, 5000, SERVER, 443, now), internal(UDP, first)]).toEqual([
      5000,
      5000,
      { address: ALICE, port: 5000 },
    ]);
  });

  test("RFC 4787 REQ-3: two hosts with one source port never share an external port", () => {
    const ports = [
      nat.outbound(UDP, ALICE, 5000, SERVER, 443, now),
      nat.outbound(UDP, BOB, 5000, SERVER, 443, now),
    ];
    expect([ports[0], ports[0] !== ports[1], internal(UDP, ports[1]!)]).toEqual([
      5000,
      true,
      { address: BOB, port: 5000 },
    ]);
  });

  test("RFC 4787 REQ-3a and REQ-4: a port not preserved keeps its range class and parity", () => {
    for (const port of [80, 81, 5000, 5001, 65535]) {
      nat.outbound(UDP, ALICE, port, SERVER, 443, now);
      const other = nat.outbound(UDP, BOB, port, SERVER, 443, now);
      expect([other < 1024, other % 2, other === port]).toEqual([port < 1024, port % 2, false]);
    }
  });

  test("the transports have port spaces of their own", () => {
    const ports = [TCP, UDP, ICMP_QUERY].map((transport) =>
      nat.outbound(transport, ALICE, 7, SERVER, 443, now),
    );
    expect(ports).toEqual([7, 7, 7]);
  });

  test("ports of the router's own sockets are not given away", () => {
    const ports = [53, 67, 68, 123, 10240, 14335].map((port) =>
      nat.outbound(UDP, ALICE, port, SERVER, 443, now),
    );
    const isRouters = (port: number) => [53, 67, 68, 123].includes(port) || (port >= 10240 && port <= 14335);
    expect(ports.filter((port) => port <= 0 || isRouters(port))).toEqual([]);
  });

  test("RFC 7857 section 9: the substitute for a taken port depends on the random source", () => {
    const chosen = [0.1, 0.9].map((value) => {
      const other = makeNat({ random: () => value });
      other.outbound(UDP, ALICE, 5000, SERVER, 443, now);
      return other.outbound(UDP, BOB, 5000, SERVER, 443, now);
    });
    expect(chosen[0]).not.toBe(chosen[1]);
  });
});

describe("limits", () => {
  test("RFC 6888 REQ-4: a host that holds its share gets no more, and others still do", () => {
    nat = makeNat({ policy: { hostLimit: 2 } });
    const results = [1, 2, 3].map((port) => nat.outbound(UDP, ALICE, port, SERVER, 443, now));
    expect([...results, nat.outbound(UDP, BOB, 9, SERVER, 443, now)]).toEqual([1, 2, HOST_LIMIT, 9]);
  });

  test("RFC 6888 REQ-5 and REQ-7: exhausted identifiers refuse the newcomer and evict nobody", () => {
    nat = makeNat({ policy: { hostLimit: 65536 } });
    const results = Array.from({ length: 65536 }, (_, id) => nat.outbound(ICMP_QUERY, ALICE, id, 0, 0, now));
    expect([new Set(results).size, nat.outbound(ICMP_QUERY, BOB, 1, 0, 0, now)]).toEqual([
      65536,
      PORTS_EXHAUSTED,
    ]);
    expect(nat.outbound(ICMP_QUERY, ALICE, 9, 0, 0, now)).toBe(9);
  });

  test("RFC 6888 REQ-8: a freed port rests before another host gets it; its own host has it back at once", () => {
    nat.outbound(UDP, ALICE, 5000, SERVER, 443, now);
    pass(5 * MINUTE);
    expect([nat.counters.bindings, nat.outbound(UDP, BOB, 5000, SERVER, 443, now) === 5000]).toEqual([
      0,
      false,
    ]);
    expect(nat.outbound(UDP, ALICE, 5000, SERVER, 443, now)).toBe(5000);
    pass(5 * MINUTE + 2 * MINUTE);
    expect(nat.outbound(UDP, BOB, 5000, SERVER, 443, now)).toBe(5000);
  });
});

describe("timers", () => {
  const seen = (
    port: number,
    direction: "outbound" | "inbound",
    flags: number,
    transport: typeof TCP | typeof UDP = TCP,
  ) => nat.touch(transport, ALICE, port, SERVER, 443, direction, flags, 100, now);
  const handshake = (port: number) => {
    nat.outbound(TCP, ALICE, port, SERVER, 443, now);
    seen(port, "outbound", SYN);
    seen(port, "inbound", SYN | ACK);
    seen(port, "outbound", ACK);
  };

  test("RFC 4787 REQ-5: a UDP binding lives 5 minutes after its last packet", () => {
    nat.outbound(UDP, ALICE, 5000, SERVER, 443, now);
    pass(5 * MINUTE - SECOND);
    expect(nat.counters.bindings).toBe(1);
    pass(SECOND);
    expect(nat.counters).toMatchObject({ bindings: 0, created: 1, expired: 1 });
  });

  test("RFC 4787 REQ-6: outbound packets refresh, inbound ones too", () => {
    nat.outbound(UDP, ALICE, 5000, SERVER, 443, now);
    for (const direction of ["outbound", "inbound"] as const) {
      pass(4 * MINUTE);
      seen(5000, direction, 0, UDP);
    }
    pass(4 * MINUTE);
    expect(nat.counters.bindings).toBe(1);
  });

  test("RFC 5508 REQ-2: an ICMP query binding lives 60 seconds", () => {
    nat.outbound(ICMP_QUERY, ALICE, 77, SERVER, 443, now);
    pass(MINUTE - SECOND);
    expect(nat.counters.bindings).toBe(1);
    pass(SECOND);
    expect(nat.counters.bindings).toBe(0);
  });

  test("RFC 5382 REQ-5: an established session keeps its binding 2 h 4 min, one being opened 4 min", () => {
    handshake(6000);
    nat.outbound(TCP, ALICE, 6001, SERVER, 443, now);
    seen(6001, "outbound", SYN);
    pass(4 * MINUTE);
    expect([
      nat.translations.externalPortOf(TCP, ALICE, 6000),
      nat.translations.externalPortOf(TCP, ALICE, 6001),
    ]).toEqual([6000, -1]);
    pass(2 * HOUR - SECOND);
    expect(nat.counters.bindings).toBe(1);
    pass(SECOND);
    expect(nat.counters.bindings).toBe(0);
  });

  test("RFC 5382 REQ-2a: simultaneous open is an established session", () => {
    nat.outbound(TCP, ALICE, 6000, SERVER, 443, now);
    seen(6000, "outbound", SYN);
    seen(6000, "inbound", SYN);
    seen(6000, "outbound", SYN | ACK);
    seen(6000, "inbound", ACK);
    pass(HOUR);
    expect(nat.counters.bindings).toBe(1);
  });

  test("RFC 7857 section 2: after both FINs, or a reset, four minutes remain", () => {
    handshake(6000);
    seen(6000, "outbound", FIN | ACK);
    seen(6000, "inbound", FIN | ACK);
    seen(6000, "outbound", ACK);
    handshake(6001);
    seen(6001, "inbound", RST);
    pass(4 * MINUTE - SECOND);
    expect(nat.counters.bindings).toBe(2);
    pass(SECOND);
    expect(nat.counters.bindings).toBe(0);
  });

  test("RFC 7857 section 2.2: data after a reset shows the session alive", () => {
    handshake(6000);
    seen(6000, "inbound", RST);
    seen(6000, "outbound", ACK);
    pass(HOUR);
    expect(nat.counters.bindings).toBe(1);
  });

  test("one closed session among several of a binding does not end it", () => {
    handshake(6000);
    nat.touch(TCP, ALICE, 6000, SERVER, 80, "outbound", ACK, 100, now);
    nat.touch(TCP, ALICE, 6000, SERVER, 80, "outbound", RST, 100, now);
    pass(HOUR);
    expect(nat.counters.bindings).toBe(1);
  });
});

describe("the fast path", () => {
  test("learns each new binding once, at settle, and forgets it when it expires", () => {
    nat.outbound(UDP, ALICE, 5000, SERVER, 443, now);
    nat.outbound(UDP, ALICE, 5000, SERVER, 443, now);
    expect([...fastPath.bindings]).toEqual([]);
    nat.settle(now);
    expect([...fastPath.bindings]).toEqual([[`1 ${ALICE}:5000`, 5000]]);
    pass(5 * MINUTE);
    expect([...fastPath.bindings]).toEqual([]);
  });

  test("a refusal gives the bindings up, counted, and the next packet tries again", () => {
    fastPath.refuses = true;
    nat.outbound(UDP, ALICE, 5000, SERVER, 443, now);
    expect(() => nat.settle(now)).toThrow("refused");
    expect([nat.counters.bindings, nat.drops.report()]).toEqual([0, { [reasonOf(FAST_PATH_REFUSED)!]: 1 }]);
    fastPath.refuses = false;
    nat.outbound(UDP, ALICE, 5000, SERVER, 443, now);
    nat.settle(now);
    expect(fastPath.bindings.size).toBe(1);
  });

  test("a restarted engine takes its bindings over and keeps TCP for the established time", () => {
    nat.outbound(TCP, ALICE, 6000, SERVER, 443, now);
    nat.outbound(UDP, BOB, 5000, SERVER, 443, now);
    nat.settle(now);
    nat = makeNat();
    nat.restore(now);
    expect([nat.counters.bindings, internal(TCP, 6000), internal(UDP, 5000)]).toEqual([
      2,
      { address: ALICE, port: 6000 },
      { address: BOB, port: 5000 },
    ]);
    pass(HOUR);
    expect([nat.counters.bindings, [...fastPath.bindings.values()]]).toEqual([1, [6000]]);
  });
});

test("what runs out of time at once is ended over several turns, a bounded number in each, none early", () => {
  for (let port = 0; port < 1000; port++) nat.outbound(ICMP_QUERY, ALICE, port, 0, 0, now);
  nat.settle(now);
  now += MINUTE - 1;
  expect([nat.expire(now), nat.counters.bindings]).toEqual([false, 1000]);
  now++;
  const left: number[] = [];
  for (let more = true; more; left.push(nat.counters.bindings)) more = nat.expire(now);
  expect([left, fastPath.bindings.size]).toEqual([[744, 488, 232, 0], 0]);
});

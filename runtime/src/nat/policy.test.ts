import { beforeEach, describe, expect, test } from "bun:test";
import { parseIPv4 } from "../addr/ipv4.ts";
import { ACK, SYN } from "../wire/tcp.ts";
import { FakeFastPath } from "./fake-fast-path.ts";
import { Nat } from "./nat.ts";
import { ADDRESS, ADDRESS_AND_PORT, DEFAULT_POLICY, type NatPolicy, OPEN } from "./policy.ts";
import { DEFAULT_TIMERS } from "./timers.ts";
import { ICMP_QUERY, TCP, type Transport, UDP } from "./transport.ts";

const ALICE = parseIPv4("192.168.77.10")!;
const BOB = parseIPv4("192.168.77.11")!;
const SERVER = parseIPv4("203.0.113.80")!;
const SECOND_EXTERNAL = parseIPv4("198.51.100.2")!;
const SECOND = 1000;
const HOUR = 3600 * SECOND;
/** Hosts that have no ports but the overload ones. */
const NO_PORTS = [{ first: 1, last: 65535 }];

let fastPath: FakeFastPath;
let nat: Nat;
let now: number;

beforeEach(() => {
  fastPath = new FakeFastPath();
  nat = makeNat();
  now = 1;
});

function makeNat(heldBack?: typeof NO_PORTS): Nat {
  return new Nat({ fastPath, random: () => 0.5, ...(heldBack && { heldBack }) });
}

function configure(policy: Partial<NatPolicy>): void {
  nat.configure({ ...DEFAULT_POLICY, ...policy }, now);
}

function bind(transport: Transport, host: number, port: number): number {
  const external = nat.outbound(transport, host, port, SERVER, 443, now);
  nat.settle(now);
  return external;
}

function internal(transport: Transport, externalPort: number) {
  const into = { address: 0, port: 0 };
  return nat.translations.internalEndpointOf(transport, externalPort, into) ? into : undefined;
}

function kinds(): Record<number, string> {
  const rows: Record<number, string> = {};
  for (let cursor = 0; cursor >= 0; )
    cursor = nat.listBindings({}, cursor, 100, (row) => {
      rows[row.externalPort] = row.kind;
    });
  return rows;
}

function pass(milliseconds: number): void {
  for (const end = now + milliseconds; now < end; ) {
    now = Math.min(end, now + 30 * SECOND);
    while (nat.expire(now));
  }
}

describe("forwards", () => {
  const forward = { transport: TCP, externalPort: 8080, address: ALICE, port: 80 };

  test("hold both ways, never end, and are left to the ruleset", () => {
    configure({ forwards: [forward] });
    pass(24 * HOUR);
    expect([
      internal(TCP, 8080),
      bind(TCP, ALICE, 80),
      fastPath.bindingsIn.size,
      nat.counters.bindings,
    ]).toEqual([{ address: ALICE, port: 80 }, 8080, 0, 0]);
  });

  test("take an external port from whoever has it, and the internal endpoint from the port it has", () => {
    const bobs = bind(TCP, BOB, 8080);
    const alices = bind(TCP, ALICE, 80);
    configure({ forwards: [forward] });
    expect([bobs, alices, internal(TCP, 80), internal(TCP, 8080), [...fastPath.bindings]]).toEqual([
      8080,
      80,
      undefined,
      { address: ALICE, port: 80 },
      [],
    ]);
    expect(bind(TCP, BOB, 8080)).not.toBe(8080);
  });

  test("take over the very binding that they are, with its sessions", () => {
    bind(TCP, ALICE, 80);
    nat.touch(TCP, ALICE, 80, SERVER, 443, "outbound", SYN, 60, now);
    configure({ forwards: [{ ...forward, externalPort: 80 }] });
    expect([kinds(), nat.counters.sessions, fastPath.bindingsIn.size]).toEqual([{ 80: "forward" }, 1, 0]);
    pass(HOUR);
    expect(kinds()).toEqual({ 80: "forward" });
  });

  test("that were bindings count for the host's limit no more", () => {
    configure({ hostLimit: 1 });
    bind(TCP, ALICE, 80);
    configure({ hostLimit: 1, forwards: [{ ...forward, externalPort: 80 }] });
    expect([bind(TCP, ALICE, 81), bind(TCP, ALICE, 82) < 0]).toEqual([81, true]);
  });

  test("that go away end, their host has the port back at once and others after the quarantine", () => {
    configure({ forwards: [{ ...forward, port: 8080 }] });
    configure({});
    expect([internal(TCP, 8080), bind(TCP, BOB, 8080) === 8080, bind(TCP, ALICE, 8080)]).toEqual([
      undefined,
      false,
      8080,
    ]);
  });

  test("that change their host do so with one call", () => {
    configure({ forwards: [forward] });
    configure({ forwards: [{ ...forward, address: BOB }] });
    expect([internal(TCP, 8080), bind(TCP, ALICE, 80)]).toEqual([{ address: BOB, port: 80 }, 80]);
  });

  test("count for no host's limit", () => {
    configure({ hostLimit: 1, forwards: [forward] });
    expect(bind(TCP, ALICE, 5000)).toBe(5000);
  });

  test("end the overload sessions in their way", () => {
    nat = makeNat(NO_PORTS);
    const shared = bind(TCP, ALICE, 80);
    const others = bind(TCP, BOB, 81);
    configure({ forwards: [forward, { transport: TCP, externalPort: others, address: BOB, port: 9 }] });
    expect([shared >= 14336, nat.counters.overloaded, fastPath.sessions.size]).toEqual([true, 0, 0]);
    expect(bind(TCP, ALICE, 80)).toBe(8080);
  });
});

describe("a 1:1 mapped host", () => {
  const mapped = [{ external: SECOND_EXTERNAL, internal: ALICE }];

  test("keeps its ports and needs no state", () => {
    configure({ mapped });
    expect([bind(UDP, ALICE, 5000), nat.associate(47, ALICE, SERVER, now), nat.counters.bindings]).toEqual([
      5000, 0, 0,
    ]);
    expect([nat.counters.associations, fastPath.bindingsIn.size]).toEqual([0, 0]);
  });

  test("loses what it had before", () => {
    bind(UDP, ALICE, 5000);
    bind(UDP, BOB, 6000);
    nat.associate(47, ALICE, SERVER, now);
    nat.associate(50, BOB, SERVER, now);
    nat.settle(now);
    configure({ mapped });
    expect([[...fastPath.bindings.values()], [...fastPath.associations.keys()]]).toEqual([
      [6000],
      [`50 ${SERVER}`],
    ]);
  });

  test("loses its overload sessions, too", () => {
    nat = makeNat(NO_PORTS);
    bind(UDP, ALICE, 5000);
    bind(UDP, BOB, 5000);
    configure({ mapped });
    expect([nat.counters.overloaded, fastPath.sessions.size]).toEqual([1, 1]);
  });
});

describe("filtering", () => {
  const filterings = () =>
    [...fastPath.bindingsIn.values()].map(([transport, , port, , filtering]) => [transport, port, filtering]);

  test("is each host's own or the default, at the moment a binding is made; ICMP queries are never filtered", () => {
    configure({ defaultFiltering: ADDRESS, filtering: new Map([[BOB, OPEN]]) });
    bind(UDP, ALICE, 1);
    bind(TCP, BOB, 2);
    bind(ICMP_QUERY, ALICE, 3);
    expect(filterings()).toEqual([
      [UDP, 1, ADDRESS],
      [TCP, 2, OPEN],
      [ICMP_QUERY, 3, OPEN],
    ]);
  });

  test("that changes moves the host's bindings in one commit, with their sessions, and leaves the others", () => {
    for (const port of [1, 2, 3]) bind(UDP, ALICE, port);
    bind(UDP, BOB, 4);
    nat.touch(UDP, ALICE, 1, SERVER, 53, "outbound", 0, 60, now);
    const before = fastPath.commits;
    configure({ filtering: new Map([[ALICE, ADDRESS_AND_PORT]]) });
    expect([fastPath.commits - before, nat.counters.sessions, filterings().sort()]).toEqual([
      1,
      1,
      [
        [UDP, 1, ADDRESS_AND_PORT],
        [UDP, 2, ADDRESS_AND_PORT],
        [UDP, 3, ADDRESS_AND_PORT],
        [UDP, 4, OPEN],
      ],
    ]);
    configure({ filtering: new Map([[ALICE, ADDRESS_AND_PORT]]) });
    expect(fastPath.commits - before).toBe(1);
  });

  test("that the fast path refuses to change gives the bindings up", () => {
    bind(UDP, ALICE, 1);
    bind(UDP, BOB, 2);
    fastPath.refuses = true;
    expect(() => configure({ filtering: new Map([[ALICE, ADDRESS]]) })).toThrow("refused");
    fastPath.refuses = false;
    expect([kinds(), filterings()]).toEqual([{ 2: "dynamic" }, [[UDP, 2, OPEN]]]);
    expect([bind(UDP, ALICE, 1), filterings()[1]]).toEqual([1, [UDP, 1, ADDRESS]]);
  });
});

test("the DMZ host may have a port at once that another just left", () => {
  bind(UDP, ALICE, 5000);
  pass(DEFAULT_TIMERS.udp);
  expect(bind(UDP, BOB, 5000)).not.toBe(5000);
  configure({ dmz: BOB });
  expect(bind(UDP, BOB, 5000)).not.toBe(5000);
  pass(DEFAULT_TIMERS.udp);
  bind(UDP, ALICE, 6000);
  pass(DEFAULT_TIMERS.udp);
  expect(bind(UDP, BOB, 6000)).toBe(6000);
});

test("timers apply to what is there already", () => {
  bind(UDP, ALICE, 5000);
  configure({ timers: { ...DEFAULT_TIMERS, udp: 1000 * SECOND } });
  pass(999 * SECOND);
  expect(nat.counters.bindings).toBe(1);
  configure({ timers: { ...DEFAULT_TIMERS, udp: 120 * SECOND } });
  while (nat.expire(now));
  expect(nat.counters.bindings).toBe(0);
});

test("a lower host limit evicts nobody", () => {
  for (const port of [1, 2, 3]) bind(UDP, ALICE, port);
  configure({ hostLimit: 1 });
  expect([nat.counters.bindings, bind(UDP, ALICE, 2), bind(UDP, ALICE, 4) < 0]).toEqual([3, 2, true]);
});

test("another external address: all but the forwards is forgotten, and nothing rests", () => {
  const forward = { transport: TCP, externalPort: 8080, address: ALICE, port: 80 };
  configure({ forwards: [forward], hostLimit: 2 });
  bind(UDP, ALICE, 5000);
  bind(UDP, ALICE, 5001);
  nat.touch(UDP, ALICE, 5000, SERVER, 53, "outbound", 0, 60, now);
  nat.touch(TCP, ALICE, 80, SERVER, 53, "inbound", SYN, 60, now);
  nat.associate(47, ALICE, SERVER, now);
  nat.settle(now);
  // The ruleset for the new address comes with empty maps.
  for (const entries of [fastPath.bindings, fastPath.bindingsIn, fastPath.sessions, fastPath.associations])
    entries.clear();
  nat.clear();
  expect([nat.counters, internal(TCP, 8080)]).toMatchObject([
    { bindings: 0, sessions: 0, associations: 0, overloaded: 0 },
    { address: ALICE, port: 80 },
  ]);
  expect([bind(UDP, BOB, 5000), bind(TCP, BOB, 8080) === 8080, bind(UDP, ALICE, 5001)]).toEqual([
    5000,
    false,
    5001,
  ]);
});

describe("a restarted engine", () => {
  const policy = {
    filtering: new Map([[ALICE, ADDRESS]] as const),
    forwards: [{ transport: TCP, externalPort: 8080, address: ALICE, port: 80 }],
  };

  /** Everything that there is a kind of, as an earlier run left it. */
  function earlierRun(): void {
    configure(policy);
    bind(TCP, ALICE, 6000);
    bind(UDP, BOB, 5000);
    nat.associate(47, BOB, SERVER, now);
    nat.settle(now);
    fastPath.programSession(TCP, BOB, 7000, 14400, SERVER, 443);
    fastPath.commit();
  }

  test("takes over bindings, overload sessions and associations, whichever of policy and restore comes first", () => {
    earlierRun();
    const held = () => ({
      bindings: [...fastPath.bindingsIn.values()],
      sessions: [...fastPath.sessions.values()],
      associations: [...fastPath.associations.values()],
    });
    const before = held();
    for (const order of ["policy first", "restore first"]) {
      nat = makeNat();
      if (order === "policy first") configure(policy);
      nat.restore(now);
      if (order === "restore first") configure(policy);
      expect([nat.counters, held(), kinds()]).toMatchObject([
        { bindings: 2, sessions: 1, overloaded: 1, associations: 1 },
        before,
        { 5000: "dynamic", 6000: "dynamic", 8080: "forward" },
      ]);
      expect([bind(TCP, BOB, 7000), nat.translations.associatedHost(47, SERVER)]).toEqual([14400, BOB]);
    }
  });

  test("takes TCP for established, an overload session too", () => {
    earlierRun();
    nat = makeNat();
    nat.restore(now);
    pass(2 * HOUR);
    expect(nat.counters).toMatchObject({ bindings: 1, overloaded: 1, associations: 0 });
    pass(HOUR);
    expect(nat.counters).toMatchObject({ bindings: 0, overloaded: 0 });
  });

  test("removes what contradicts the policy or itself", () => {
    earlierRun();
    fastPath.bindingsIn.set("0 9999", [TCP, ALICE, 6000, 9999, ADDRESS]);
    nat = makeNat();
    nat.configure(
      {
        ...DEFAULT_POLICY,
        ...policy,
        forwards: [{ transport: TCP, externalPort: 6000, address: BOB, port: 22 }],
        mapped: [{ external: SECOND_EXTERNAL, internal: BOB }],
      },
      now,
    );
    nat.restore(now);
    // ALICE:6000 has a place only where BOB's forward is not; what was BOB's is so no more.
    expect([[...fastPath.bindingsIn.values()], fastPath.sessions.size, fastPath.associations.size]).toEqual([
      [[TCP, ALICE, 6000, 9999, ADDRESS]],
      0,
      0,
    ]);
  });
});

test("a session begun by the forwarded host's peer is followed", () => {
  configure({ forwards: [{ transport: TCP, externalPort: 8080, address: ALICE, port: 80 }] });
  nat.touch(TCP, ALICE, 80, SERVER, 999, "inbound", SYN, 60, now);
  nat.touch(TCP, ALICE, 80, SERVER, 999, "outbound", SYN | ACK, 60, now);
  nat.touch(TCP, ALICE, 80, SERVER, 999, "inbound", ACK, 60, now);
  const states: string[] = [];
  nat.listSessions({ host: ALICE }, 0, 10, ({ state, externalPort }) =>
    states.push(`${externalPort} ${state}`),
  );
  expect(states).toEqual(["8080 established"]);
});

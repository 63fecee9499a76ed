import { expect, test } from "bun:test";
import fc from "fast-check";
import { FakeFastPath } from "../../runtime/src/nat/fake-fast-path.ts";
import { Nat } from "../../runtime/src/nat/nat.ts";
import {
  DEFAULT_POLICY,
  type Filtering,
  type Forward,
  type NatPolicy,
} from "../../runtime/src/nat/policy.ts";
import { ICMP_QUERY, TCP, type Transport, UDP } from "../../runtime/src/nat/transport.ts";
import { ACK, FIN, RST, SYN } from "../../runtime/src/wire/tcp.ts";
import { NatModel, OFFERED } from "./nat-model.ts";

const HELD_BACK = rangesBetween(OFFERED);

const transport = fc.constantFrom<Transport[]>(TCP, TCP, TCP, UDP, UDP, ICMP_QUERY);
const host = fc.integer({ min: 1, max: 3 });
const port = fc.constantFrom(...OFFERED, 5, 50000);
const remote = fc.constantFrom(100, 101);
const remotePort = fc.constantFrom(1, 2);
const protocol = fc.constantFrom(47, 50);

const forward: fc.Arbitrary<Forward> = fc.record({
  transport: fc.integer({ min: 0, max: 1 }) as fc.Arbitrary<Transport>,
  externalPort: fc.constantFrom(...OFFERED, 8080, 14340),
  address: host,
  port,
});
const isUnlike = (a: Forward, b: Forward) =>
  a.transport !== b.transport ||
  (a.externalPort !== b.externalPort && (a.address !== b.address || a.port !== b.port));
const policy: fc.Arbitrary<NatPolicy> = fc
  .record({
    forwards: fc.array(forward, { maxLength: 3 }),
    dmz: fc.option(host),
    mapped: fc.option(host),
    filtering: fc.array(fc.tuple(host, fc.integer({ min: 0, max: 2 }) as fc.Arbitrary<Filtering>)),
    defaultFiltering: fc.integer({ min: 0, max: 2 }) as fc.Arbitrary<Filtering>,
    hostLimit: fc.constantFrom(3, 5, 1000),
  })
  .map(({ forwards, mapped, filtering, ...rest }) => ({
    ...DEFAULT_POLICY,
    ...rest,
    forwards: forwards.filter((f, i) => forwards.slice(0, i).every((g) => isUnlike(f, g))),
    mapped: mapped === null ? [] : [{ external: 900, internal: mapped }],
    filtering: new Map(filtering),
  }));

const packet = { transport, host, port, remote, remotePort };
/** Segments of TCP as [is outbound, flags]. */
const script = fc.constantFrom<[boolean, number][][]>(
  [[true, SYN]],
  [[false, SYN]],
  [
    [true, SYN],
    [false, SYN | ACK],
    [true, ACK],
  ],
  [
    [true, SYN],
    [false, SYN],
    [true, SYN | ACK],
    [false, SYN | ACK],
  ],
  [
    [true, ACK],
    [false, ACK],
  ],
  [[true, FIN | ACK]],
  [[false, FIN | ACK]],
  [[false, RST]],
  [[true, RST | ACK]],
  [[true, ACK]],
  [[false, 0]],
);
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("send" as const),
      ...packet,
      isRefused: fc.constantFrom(false, false, false, false, true),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("see" as const),
      pick: fc.nat(1000),
      remote,
      remotePort,
      script,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("associate" as const), protocol, host, remote }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("see-associated" as const), protocol, host, remote }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      milliseconds: fc.oneof(
        fc.constantFrom(60_000, 120_000, 240_000, 300_000, 600_000, 7_440_000),
        fc.nat(400_000),
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("configure" as const), policy }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const), restoresFirst: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("move" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** The engine and the model side by side. */
class Both {
  readonly fastPath = new FakeFastPath();
  readonly model = new NatModel(DEFAULT_POLICY);
  readonly #random: () => number;
  nat: Nat;
  now = 1;

  constructor(random: () => number) {
    this.#random = random;
    this.nat = this.#start();
  }

  #start(): Nat {
    return new Nat({ fastPath: this.fastPath, random: this.#random, heldBack: HELD_BACK });
  }

  /** Does one thing to both; the faults with the engine's answer. */
  take(step: Step): string[] {
    switch (step.kind) {
      case "send":
        return this.#send(step);
      case "see":
        this.#see(step);
        return [];
      case "associate": {
        const { protocol, host, remote } = step;
        const answer = this.nat.associate(protocol, host, remote, this.now);
        this.nat.settle(this.now);
        return this.model.associate(protocol, host, remote, this.now, answer);
      }
      case "see-associated":
        this.nat.touchAssociation(step.protocol, step.host, step.remote, this.now);
        this.model.touchAssociation(step.protocol, step.host, step.remote, this.now);
        return [];
      case "wait":
        this.now += step.milliseconds;
        while (this.nat.expire(this.now));
        this.model.expire(this.now);
        return [];
      case "configure":
        this.nat.configure(step.policy, this.now);
        this.model.configure(step.policy, this.now);
        return [];
      case "restart":
        this.nat = this.#start();
        if (!step.restoresFirst) this.nat.configure(this.model.policy, this.now);
        this.nat.restore(this.now);
        if (step.restoresFirst) this.nat.configure(this.model.policy, this.now);
        this.model.restart(this.now);
        return [];
      case "move":
        for (const held of [this.fastPath.bindings, this.fastPath.bindingsIn]) held.clear();
        for (const held of [this.fastPath.sessions, this.fastPath.associations]) held.clear();
        this.nat.clear();
        this.model.clear();
        return [];
    }
  }

  /** Lets packets of something that is held be seen, an overload session's mostly with its own remote. */
  #see({ pick, script, ...far }: Extract<Step, { kind: "see" }>): void {
    const { nat, model, now } = this;
    const forwards = model.policy.forwards.map((f) => ({ ...f, host: f.address }));
    const all = [...model.bindings, ...model.overloaded, ...forwards];
    const near = all[pick % Math.max(1, all.length)];
    if (near === undefined) return;
    const transport = near.transport as Transport;
    const { remote, remotePort } = "remote" in near && pick % 4 > 0 ? near : far;
    for (const [isOut, flags] of script) {
      const direction = isOut ? "outbound" : "inbound";
      nat.touch(transport, near.host, near.port, remote, remotePort, direction, flags, 60, now);
      model.touch(transport, near.host, near.port, remote, remotePort, isOut, flags, now);
    }
  }

  #send(step: Extract<Step, { kind: "send" }>): string[] {
    const { transport, host, port, remote, remotePort, isRefused } = step;
    const { model, now } = this;
    const before = new Set([...model.bindings, ...model.overloaded]);
    const answer = this.nat.outbound(transport, host, port, remote, remotePort, now);
    const faults = model.outbound(transport, host, port, remote, remotePort, now, answer);
    this.fastPath.refuses = isRefused;
    try {
      this.nat.settle(now);
    } catch {
      for (const binding of model.bindings) if (!before.has(binding)) model.endBinding(binding, now);
      model.overloaded = model.overloaded.filter((session) => before.has(session));
    }
    this.fastPath.refuses = false;
    return faults;
  }
}

/** What the fast path and the engine's listings hold, in the model's terms, sorted. */
function held({ nat, fastPath }: Both) {
  const sessions: string[] = [];
  for (let cursor = 0; cursor >= 0; )
    cursor = nat.listSessions({}, cursor, 1000, (row) => {
      if (!row.overloaded)
        sessions.push(`${row.transport} ${row.externalPort} ${row.remote}:${row.remotePort}`);
    });
  return {
    bindings: [...fastPath.bindingsIn.values()].map(String).sort(),
    overloaded: [...fastPath.sessions.values()].map(String).sort(),
    associations: [...fastPath.associations.values()].map(String).sort(),
    sessions: sessions.sort(),
    counts: [nat.counters.bindings, nat.counters.overloaded, nat.counters.associations],
  };
}

function expected({ bindings, overloaded, associations, sessions }: NatModel) {
  return {
    bindings: bindings.map((b) => String([b.transport, b.host, b.port, b.external, b.filtering])).sort(),
    overloaded: overloaded
      .map((s) => String([s.transport, s.host, s.port, s.external, s.remote, s.remotePort]))
      .sort(),
    associations: associations.map((a) => String([a.protocol, a.host, a.remote])).sort(),
    sessions: [...sessions.keys()].sort(),
    counts: [bindings.length, overloaded.length, associations.length],
  };
}

/** Whom packets from outside reach, for everything that the model holds; a fault for each that would reach another. */
function strays({ nat, model }: Both): string[] {
  const into = { address: 0, port: 0 };
  const reaches = (isKnown: boolean, { host, port }: { host: number; port: number }) =>
    isKnown && into.address === host && into.port === port;
  const forwards = model.policy.forwards.map((f) => ({ ...f, host: f.address, external: f.externalPort }));
  const lost = [...model.bindings, ...forwards].filter(
    (b) => !reaches(nat.translations.internalEndpointOf(b.transport as Transport, b.external, into), b),
  );
  const lostSessions = model.overloaded.filter((s) => {
    // Bindings come first in the fast path.
    if (nat.translations.internalEndpointOf(s.transport as Transport, s.external, into)) return true;
    return !reaches(
      nat.translations.overloadEndpointOf(s.transport as Transport, s.external, s.remote, s.remotePort, into),
      s,
    );
  });
  const lostHosts = model.associations.filter(
    (a) => nat.translations.associatedHost(a.protocol, a.remote) !== a.host,
  );
  return [...lost, ...lostSessions, ...lostHosts].map((entry) => JSON.stringify(entry));
}

test("whatever happens, the engine holds what a naive model holds, and what comes back reaches whom it belongs to", () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 20, maxLength: 120, size: "max" }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999999, noNaN: true })),
      (steps, dice) => {
        const both = new Both(() => dice.next().value);
        for (const step of steps) {
          expect([both.take(step), strays(both)]).toEqual([[], []]);
          expect(held(both)).toEqual(expected(both.model));
        }
      },
    ),
    { numRuns: 20 },
  );
});

/** The ports from 1 to 65535 that are not among `ports`, which are sorted, as ranges. */
function rangesBetween(ports: readonly number[]): { first: number; last: number }[] {
  return [...ports, 65536].map((port, i) => ({ first: (ports[i - 1] ?? 0) + 1, last: port - 1 }));
}

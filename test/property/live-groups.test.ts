import { expect, test } from "bun:test";
import fc from "fast-check";
import { macFromNumber } from "../../runtime/src/addr/mac.ts";
import { formatRemote } from "../../runtime/src/addr/remote.ts";
import { TrafficAnalysis } from "../../runtime/src/traffic/analysis/analysis.ts";
import { WINDOWS, type WindowSeconds } from "../../runtime/src/traffic/analysis/live-groups.ts";
import type { LiveGrouping, LiveKey } from "../../runtime/src/traffic/analysis/top.ts";
import { emptySums, type SumsRecord } from "../../runtime/src/traffic/feed/records.ts";
import { remoteOf } from "./history-model.ts";

const START = 17_000_000_003;
/** Remotes with these numbers have a name. */
const NAMED = 3;
const nameOf = (number: number) => `cdn${number}.place${number % 2}.example`;

const record = fc.record({
  pause: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 700 })),
  device: fc.integer({ min: 0, max: 2 }),
  remote: fc.integer({ min: 0, max: 5 }),
  protocol: fc.constantFrom(6, 17),
  port: fc.constantFrom(53, 443),
  sums: fc.tuple(
    fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    fc.integer({ min: 1, max: 2 ** 20 }),
    fc.integer({ min: 0, max: 2 ** 20 }),
  ),
});
type Given = typeof record extends fc.Arbitrary<infer T> ? T : never;

function recordOf(given: Given, tick: number): SumsRecord {
  const [upBytes, downBytes, upPackets, downPackets] = given.sums;
  const { protocol, port } = given;
  const device = 0x0200_0000_0000 + given.device;
  const remote = remoteOf(given.remote);
  return { tick, device, remote, protocol, port, upBytes, downBytes, upPackets, downPackets };
}

/** Groups' texts with their sums, as one would write them down at first: a walk over all records. */
function naive(all: (Given & { tick: number })[], by: LiveGrouping, from: number): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const given of all) {
    if (given.tick * 100 < from) continue;
    const { protocol, port, device, remote } = recordOf(given, given.tick);
    const address = formatRemote(remote);
    const domain = given.remote < NAMED ? `place${given.remote % 2}.example` : address;
    const key = {
      device: macFromNumber(device),
      remote: address,
      domain,
      protocol,
      service: `${protocol} ${port}`,
    }[by];
    const sums = groups.get(`${key}`) ?? [0, 0, 0, 0];
    groups.set(
      `${key}`,
      sums.map((sum, i) => sum + given.sums[i]!),
    );
  }
  return groups;
}

function textOf(by: LiveGrouping, key: LiveKey): string {
  if (by === "service") return `${key.protocol} ${key.port}`;
  return `${by === "domain" ? (key.domain ?? key.remote) : key[by]}`;
}

test("the groups of each window have the sums of its records, to the byte, the largest first", () => {
  const groupings: LiveGrouping[] = ["device", "remote", "domain", "protocol", "service"];
  const check = (all: Given[]) => {
    const numbers = new Map(Array.from({ length: 6 }, (_, number) => [`${remoteOf(number)}`, number]));
    const analysis = new TrafficAnalysis((_, remote) => {
      const number = numbers.get(`${remote}`)!;
      return number < NAMED ? { name: nameOf(number), source: "asked" } : undefined;
    });
    let tick = START;
    const added: (Given & { tick: number })[] = [];
    for (const given of all) {
      tick += given.pause;
      analysis.add(recordOf(given, tick));
      added.push({ ...given, tick });
      if (added.length % 7 !== 0 && added.length < all.length) continue;
      for (const by of groupings)
        for (const window of WINDOWS) expectWindow(analysis, added, by, window, tick);
    }
  };
  fc.assert(fc.property(fc.array(record, { minLength: 1, maxLength: 120 }), check), { numRuns: 100 });
});

function expectWindow(
  analysis: TrafficAnalysis,
  added: (Given & { tick: number })[],
  by: LiveGrouping,
  window: WindowSeconds,
  tick: number,
): void {
  const { from, to, groups } = analysis.top(by, 100, window);
  expect([to, from % 1000, to - from > (window - 1) * 1000, to - from <= window * 1000]).toEqual([
    (tick + 1) * 100,
    0,
    true,
    true,
  ]);
  const bytes = groups.map(({ up, down }) => up + down);
  expect(bytes).toEqual(bytes.toSorted((a, b) => b - a));
  const said = new Map(
    groups.map(({ key, up, down, upPackets, downPackets }) => [
      textOf(by, key),
      [up, down, upPackets, downPackets],
    ]),
  );
  expect(said.size).toBe(groups.length);
  expect(Object.fromEntries(said)).toEqual(Object.fromEntries(naive(added, by, from)));
}

test("however many devices, remotes and ports there are, nothing is lost of the sum of all, and quiet flows make room", () => {
  const many = fc.record({
    devices: fc.integer({ min: 1, max: 3000 }),
    remotes: fc.integer({ min: 1, max: 3000 }),
    ports: fc.integer({ min: 1, max: 3000 }),
    count: fc.integer({ min: 1, max: 12_000 }),
  });
  const check = ({
    devices,
    remotes,
    ports,
    count,
  }: {
    devices: number;
    remotes: number;
    ports: number;
    count: number;
  }) => {
    const analysis = new TrafficAnalysis(() => undefined);
    const given = emptySums();
    let up = 0;
    for (let i = 0; i < count; i++) {
      given.tick = START + Math.floor(i / 1000);
      given.device = 0x0200_0000_0000 + (i % devices);
      given.remote.set(remoteOf(i % remotes));
      given.protocol = 6;
      given.port = i % ports;
      given.upBytes = 60 + (i % 1400);
      given.upPackets = 1;
      analysis.add(given);
      up += given.upBytes;
    }
    const total = (by: LiveGrouping) =>
      analysis.top(by, 1e6, 60).groups.reduce((sum, group) => sum + group.up, 0);
    expect([total("device"), total("remote"), total("service")]).toEqual([up, up, up]);
    given.tick += 700;
    analysis.add(given);
    expect(analysis.top("service", 10, 60).groups.map(({ key }) => key.port)).toEqual([given.port]);
  };
  fc.assert(fc.property(many, check), { numRuns: 40 });
});

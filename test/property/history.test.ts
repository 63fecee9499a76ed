import { expect, test } from "bun:test";
import fc from "fast-check";
import { TrafficHistory } from "../../runtime/src/traffic/history/history.ts";
import type { Series } from "../../runtime/src/traffic/history/query.ts";
import { HOUR, MINUTE, RETENTION, SECOND, TEN_SECONDS } from "../../runtime/src/traffic/history/ticks.ts";
import { HistoryModel, PAUSE, remoteOf, type Sums } from "./history-model.ts";

const DEVICES = 4;
const REMOTES = 2;
/** Of 4000 bins or so: what a property adds comes to several times that. */
const SMALL_BUDGET = 36 * 1024;
const START = 17_000_000_003;

/** Bins with what a stream, chatter, and odd callers bring. */
const direction = fc.oneof(
  fc.constant([0, 0] as const),
  fc
    .tuple(fc.integer({ min: 60, max: 1514 }), fc.integer({ min: 1, max: 9 }))
    .map(([b, n]) => [b * n, n] as const),
  fc.tuple(fc.integer({ min: 0, max: 125_000_000 }), fc.integer({ min: 0, max: 90_000 })),
  fc.tuple(fc.integer({ min: 0, max: 2 ** 37 }), fc.integer({ min: 0, max: 2 ** 34 })),
);
const burst = fc.record({
  device: fc.integer({ min: 0, max: DEVICES - 1 }),
  remote: fc.integer({ min: 0, max: REMOTES - 1 }),
  pause: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: PAUSE })),
  stride: fc.constantFrom(0, 1, 1, 1, 2, 3, 40, 700),
  count: fc.integer({ min: 1, max: 600 }),
  up: direction,
  down: direction,
});
const bursts = fc.array(burst, { minLength: 1, maxLength: 60 });
type Burst = typeof burst extends fc.Arbitrary<infer T> ? T : never;

/** Does to history and model what the bursts say; returns the last tick. */
function play(history: TrafficHistory, model: HistoryModel, all: Burst[]): number {
  let tick = START;
  for (const { device, remote, pause, stride, count, up, down } of all) {
    tick += pause;
    const address = remoteOf(remote);
    for (let i = 0; i < count; i++) {
      const sums: Sums = [up[0] + (up[1] > 0 ? (i * 7) % 11 : 0), down[0], up[1], down[1]];
      history.add(tick, device, address, ...sums);
      model.add(tick, device, remote, sums);
      if (i < count - 1) tick += stride;
    }
  }
  return tick;
}

function arraysOf(
  history: TrafficHistory,
  from: number,
  to: number,
  step: number,
  device?: number,
): number[][] {
  const range = device === undefined ? { from, to, step } : { from, to, step, device };
  return toArrays(history.series(range));
}

function toArrays({ upBytes, downBytes, upPackets, downPackets }: Series): number[][] {
  return [upBytes, downBytes, upPackets, downPackets].map((array) => [...array]);
}

const roundUp = (tick: number, unit: number) => Math.ceil(tick / unit) * unit;

/** Rows begin at their steps, and together they are all: minutes of what is there at all, seconds of what is there in seconds. */
function expectRollups(history: TrafficHistory, model: HistoryModel, end: number): void {
  history.advance(end + MINUTE);
  const { oldest, oldestSecond } = history.stats();
  const steps = [
    [MINUTE, oldest],
    [SECOND, oldestSecond],
  ] as const;
  for (const [step, since] of steps) {
    let rows = 0;
    let isAtStep = true;
    for (const { tick, upBytes } of history.rollups(step, 0)) {
      isAtStep &&= tick % step === 0;
      if (tick >= since) rows += upBytes;
    }
    expect([isAtStep, rows]).toEqual([true, model.get(since, end)[0]]);
  }
}

test("what was added in a range comes out, at every level's borders, whatever the budget gave up", () => {
  const check = (all: Burst[], from: number, length: number, steps: number, device: number) => {
    const history = new TrafficHistory(SMALL_BUDGET, DEVICES);
    const model = new HistoryModel();
    const end = play(history, model, all) + 1;
    const stats = history.stats();
    expect([stats.lostBytes, stats.packetsOfOthers, stats.bytesUsed <= SMALL_BUDGET]).toEqual([0, 0, true]);
    given.add(
      Number(stats.oldest100ms > START) + Number(stats.oldestSecond > START) + Number(stats.oldest > START),
    );
    const levels = [
      [1, stats.oldest100ms],
      [SECOND, stats.oldestSecond],
      [TEN_SECONDS, stats.oldestTenSeconds],
      [MINUTE, stats.oldest],
    ] as const;
    for (const [unit, oldest] of levels) {
      const first = roundUp(oldest + Math.floor((end - oldest) * from), unit);
      const last = roundUp(first + 1 + Math.floor((end - first) * length), unit);
      if (last <= first) continue;
      const step = unit * Math.ceil((last - first) / unit / steps);
      const groups = history.seriesOf({ from: first, to: last, step }, 2, (of) => (of === device ? 0 : 1));
      const all = model.series(first, last, step);
      const own = model.series(first, last, step, device);
      const others = all.map((sums, i) => sums.map((sum, at) => sum - own[i]![at]!));
      expect(groups.map(toArrays)).toEqual([own, others]);
      expect(arraysOf(history, first, last, step)).toEqual(all);
      expect(arraysOf(history, first, last, step, device)).toEqual(own);
      for (const { device, remote, ...sums } of history.totals({ from: first, to: last, by: "pair" })) {
        const number = [0, 1].find((candidate) => `${remoteOf(candidate)}` === `${remote}`)!;
        expect(Object.values(sums)).toEqual(model.get(first, last, { device: device!, remote: number }));
      }
    }
    expectRollups(history, model, end);
  };
  const given = new Set<number>();
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const steps = fc.integer({ min: 1, max: 300 });
  const device = fc.integer({ min: 0, max: DEVICES - 1 });
  fc.assert(fc.property(bursts, share, share, steps, device, check), { numRuns: 100 });
  // Some gave up nothing, others up to minutes.
  expect([given.has(0), given.has(3)]).toEqual([true, true]);
});

test("totals are the same however they are grouped, and nothing of 24 hours is missing while there is room", () => {
  const check = (all: Burst[]) => {
    const history = new TrafficHistory(16 * 1024 * 1024, DEVICES);
    const model = new HistoryModel();
    const end = play(history, model, all) + 1;
    const from = Math.max(START, roundUp(end - RETENTION, MINUTE));
    for (const by of ["device", "remote", "pair"] as const) {
      const total: Sums = [0, 0, 0, 0];
      for (const row of history.totals({ from, to: end, by })) {
        const sums = [row.upBytes, row.downBytes, row.upPackets, row.downPackets];
        for (let i = 0; i < 4; i++) total[i] = total[i]! + sums[i]!;
      }
      expect(total).toEqual(model.get(from, end));
    }
    for (let remote = 0; remote < REMOTES; remote++) {
      const { upBytes, downPackets } = history.series({
        from,
        to: end,
        step: end - from,
        remote: remoteOf(remote),
      });
      const [wantedUp, , , wantedDown] = model.get(from, end, { remote });
      expect([upBytes[0]!, downPackets[0]!]).toEqual([wantedUp, wantedDown]);
    }
    expect(history.stats().lostBytes).toBe(0);
  };
  fc.assert(fc.property(bursts, check), { numRuns: 30 });
});

test("the clock may be set at any time: every tick has the sums that were added while it was shown", () => {
  const step = fc.oneof(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -3 * HOUR, max: 3 * HOUR }));
  const steps = fc.array(fc.tuple(step, fc.integer({ min: 0, max: 2 })), { maxLength: 50 });
  const check = (all: [number, number][], from: number, length: number, width: number) => {
    const history = new TrafficHistory(4 * 1024 * 1024, DEVICES);
    const model = new HistoryModel();
    let tick = START;
    for (const [by, device] of all) {
      tick += by;
      for (const sums of [
        [1000, 1, 1, 1],
        [0, 40, 0, 1],
      ] as Sums[]) {
        history.add(tick, device, remoteOf(device), ...sums);
        model.add(tick, device, device, sums);
      }
    }
    // 150 hours of steps at most; what is recorded is far below 24 hours unless pauses add up.
    const recorded = all.reduce((sum, [by]) => sum + (by > 0 && by <= HOUR ? by : MINUTE), 0);
    fc.pre(recorded < RETENTION);
    const first = START + from;
    expect(arraysOf(history, first, first + length, width)).toEqual(
      model.series(first, first + length, width),
    );
    history.advance(tick + MINUTE);
    let finished = 0;
    for (const row of history.rollups(SECOND, 0)) finished += row.upBytes + row.downBytes;
    const [up, down] = model.get(-Infinity, Infinity);
    expect(finished).toBe(up + down);
  };
  const from = fc.integer({ min: -4 * HOUR, max: 4 * HOUR });
  const length = fc.integer({ min: 1, max: 8 * HOUR });
  const width = fc.integer({ min: 300, max: 40_000 });
  fc.assert(fc.property(steps, from, length, width, check), { numRuns: 200 });
});

test("rollups, read whenever, give every sum once", () => {
  const check = (all: Burst[], step: number) => {
    const history = new TrafficHistory(16 * 1024 * 1024, DEVICES);
    const model = new HistoryModel();
    const written = new Map<number, number>();
    let since = 0;
    let end = START;
    const read = () => {
      const until = history.finished(step);
      for (const { tick, upBytes, downBytes } of history.rollups(step, since)) {
        expect(tick % step).toBe(0);
        written.set(tick, (written.get(tick) ?? 0) + upBytes + downBytes);
      }
      since = until;
    };
    for (const { count, ...one } of all) {
      end += one.pause;
      for (let i = 0; i < count; i += 100) {
        const sums: Sums = [one.up[0], one.down[0], one.up[1], one.down[1]];
        history.add(end, one.device, remoteOf(one.remote), ...sums);
        model.add(end, one.device, one.remote, sums);
        read();
        end += one.stride;
      }
    }
    end += MINUTE;
    history.advance(end);
    read();
    let total = 0;
    for (const [tick, bytes] of written) {
      const [up, down] = model.get(tick, tick + step);
      expect(bytes).toBe(up + down);
      total += bytes;
    }
    const [up, down] = model.get(-Infinity, Infinity);
    expect(total).toBe(up + down);
  };
  fc.assert(fc.property(bursts, fc.constantFrom(1, SECOND, MINUTE), check), { numRuns: 100 });
});

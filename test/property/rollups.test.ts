import { expect, test } from "bun:test";
import fc from "fast-check";
import type { RollupStore, SecondSums } from "../../runtime/src/service/traffic/rollups/rollup-store.ts";
import {
  macOf,
  newFolder,
  openStore,
  remoteOf,
  row,
  START,
} from "../../runtime/src/service/traffic/rollups/store.fixture.ts";
import type { Series } from "../../runtime/src/traffic/history/query.ts";
import { HOUR, MINUTE, SECOND } from "../../runtime/src/traffic/history/ticks.ts";

const DAY = 24 * HOUR;
const DEVICES = 3;

const burst = fc.record({
  device: fc.integer({ min: 0, max: DEVICES - 1 }),
  remote: fc.integer({ min: 0, max: 4 }),
  pause: fc.oneof(
    fc.integer({ min: 0, max: 90 }),
    fc.integer({ min: 0, max: 5000 }),
    // The clock is set back.
    fc.constantFrom(-100_000, -7000, -30),
  ),
  count: fc.integer({ min: 1, max: 90 }),
  bytes: fc.integer({ min: 0, max: 2 ** 30 }),
  append: fc.boolean(),
});

/** Appends what the bursts say; all rows. */
function play(
  store: RollupStore,
  bursts: (typeof burst extends fc.Arbitrary<infer T> ? T : never)[],
): SecondSums[] {
  const all: SecondSums[] = [];
  let waiting: SecondSums[] = [];
  let second = START / SECOND + 100_000;
  for (const { device, remote, pause, count, bytes, append } of bursts) {
    second += pause;
    for (let i = 0; i < count; i++) waiting.push(row((second + i) * SECOND, device, remote, bytes + i));
    second += count - 1;
    if (!append) continue;
    expect(store.append(waiting, second)).toBe(true);
    all.push(...waiting);
    waiting = [];
  }
  expect(store.append(waiting, second)).toBe(true);
  expect(store.position).toBe(second);
  return [...all, ...waiting];
}

function arrays({ upBytes, downBytes, upPackets, downPackets }: Series): number[][] {
  return [upBytes, downBytes, upPackets, downPackets].map((array) => [...array]);
}

function sums(rows: SecondSums[]): number[] {
  const total = [0, 0, 0, 0];
  for (const { upBytes, downBytes, upPackets, downPackets } of rows) {
    for (const [i, value] of [upBytes, downBytes, upPackets, downPackets].entries()) total[i]! += value;
  }
  return total;
}

function seriesOf(rows: SecondSums[], from: number, to: number, step: number): number[][] {
  const steps = Array.from({ length: Math.ceil((to - from) / step) }, () => [] as SecondSums[]);
  for (const each of rows) {
    if (each.tick >= from && each.tick < to) steps[Math.floor((each.tick - from) / step)]!.push(each);
  }
  const all = steps.map(sums);
  return [0, 1, 2, 3].map((i) => all.map((step) => step[i]!));
}

test("whatever was appended, and however the clock was set, each range and step has its sums", () => {
  const steps = fc.constantFrom(SECOND, 3 * SECOND, MINUTE, 7 * MINUTE, HOUR, 3 * HOUR, DAY);
  const device = fc.integer({ min: 0, max: DEVICES - 1 });
  const aligned = fc.boolean();
  const check = (
    bursts: Parameters<typeof play>[1],
    step: number,
    device: number,
    isAligned: boolean,
    [first, length]: number[],
  ) => {
    const folder = newFolder();
    const before = openStore(folder);
    const rows = play(before, bursts);
    before.close();
    const store = openStore(folder);
    const ticks = rows.map(({ tick }) => tick);
    const end = Math.max(...ticks) + SECOND;
    const unit = isAligned ? step : SECOND;
    const from = Math.floor((Math.min(...ticks) - 20_000 + (end - START) * first! * 0.2) / unit) * unit;
    const to = from + Math.ceil(((Math.max(0, end - from) + 5000) * length! + 1) / unit) * unit;
    const inRange = rows.filter(({ tick }) => tick >= from && tick < to);
    const ofDevice = inRange.filter((each) => each.device === macOf(device));
    const ofRemote = inRange.filter(({ remote }) => `${remote}` === `${remoteOf(1)}`);
    const range = { from, to, step };
    expect([
      arrays(store.series(range)),
      arrays(store.series({ ...range, device: macOf(device) })),
      arrays(store.series({ ...range, remote: remoteOf(1) })),
      ...store
        .seriesOf(range, 2, (mac, remote) => (mac === macOf(device) ? (remote[2] === 0xffff ? 1 : 0) : -1))
        .map(arrays),
    ]).toEqual([
      seriesOf(inRange, from, to, step),
      seriesOf(ofDevice, from, to, step),
      seriesOf(ofRemote, from, to, step),
      seriesOf(
        ofDevice.filter(({ remote }) => remote[2] !== 0xffff),
        from,
        to,
        step,
      ),
      seriesOf(
        ofDevice.filter(({ remote }) => remote[2] === 0xffff),
        from,
        to,
        step,
      ),
    ]);
    const pairs = store.totals({ from, to, by: "pair" });
    const wanted = Map.groupBy(inRange, (each) => `${each.device} ${each.remote}`);
    const found = pairs.map(
      ({ device, remote, ...rest }) => [`${device} ${remote}`, Object.values(rest)] as const,
    );
    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries([...wanted].map(([key, list]) => [key, sums(list)])),
    );
    for (const by of ["device", "remote"] as const) {
      const totals = store.totals({ from, to, by });
      expect(totals.map(({ upBytes, downBytes }) => upBytes + downBytes)).toEqual(
        [...Map.groupBy(inRange, (each) => `${each[by]}`).values()]
          .map(sums)
          .map(([up, down]) => up! + down!)
          .sort((a, b) => b - a),
      );
    }
    store.close();
  };
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(burst, { minLength: 1, maxLength: 20 }),
      steps,
      device,
      aligned,
      fc.tuple(share, share),
      check,
    ),
    { numRuns: 40 },
  );
}, 60_000);

import { expect, test } from "bun:test";
import { OTHERS, TrafficHistory } from "./history.ts";
import { statisticsOf } from "./statistics.ts";
import { HOUR, MINUTE, RETENTION, SECOND } from "./ticks.ts";

const MEGABYTE = 1024 * 1024;
const START = 17_000_000_400;
const SERVER = Uint32Array.of(0, 0, 0xffff, 0xcb007150);
const OTHER_SERVER = Uint32Array.of(0x20010db8, 0, 0, 1);
const [PHONE, TV] = [3, 5];

/** One that holds what little a test adds. */
function roomy(): TrafficHistory {
  return new TrafficHistory(4 * MEGABYTE, 16);
}

/** A bin each tick for `ticks`, from START on; bytes differ so that none is like another. */
function stream(history: TrafficHistory, ticks: number, devices = 1): void {
  for (let at = 0; at < ticks; at++) {
    for (let device = 0; device < devices; device++) {
      history.add(START + at, device, SERVER, 1000 + (at % 977), 100_000 + ((at * 7) % 9973), 12, 80);
    }
  }
}

test("a series has each step's sums, of the device and remote asked for", () => {
  const history = roomy();
  history.add(START, PHONE, SERVER, 10, 100, 1, 2);
  history.add(START, PHONE, SERVER, 5, 50, 1, 1);
  history.add(START + 1, TV, SERVER, 20, 200, 1, 2);
  history.add(START + 3, PHONE, OTHER_SERVER, 40, 400, 1, 2);
  const upBytes = (of: { device?: number; remote?: Uint32Array }, step = 1) => [
    ...history.series({ from: START, to: START + 4, step, ...of }).upBytes,
  ];
  expect([
    upBytes({}),
    upBytes({ device: PHONE }),
    upBytes({ remote: SERVER }),
    upBytes({ device: PHONE, remote: SERVER }),
    upBytes({ device: TV, remote: OTHER_SERVER }),
    upBytes({}, 3),
  ]).toEqual([
    [15, 20, 0, 40],
    [15, 0, 0, 40],
    [15, 20, 0, 0],
    [15, 0, 0, 0],
    [0, 0, 0, 0],
    [35, 40],
  ]);
});

test("wherever in the detail a range begins and ends, it has its bins and no others", () => {
  const history = roomy();
  const ticks = 400;
  stream(history, ticks);
  const bins = [...history.series({ from: START, to: START + ticks, step: 1 }).upBytes];
  expect(bins).toEqual(Array.from({ length: ticks }, (_, at) => 1000 + (at % 977)));
  for (let from = 0; from < ticks; from++) {
    const wanted = bins.slice(from, from + 37).reduce((a, b) => a + b);
    const [total] = history.totals({ from: START + from, to: START + from + 37, by: "pair" });
    expect(total!.upBytes).toBe(wanted);
    const [rest] = history.totals({ from: START + from, to: START + ticks, by: "pair" });
    expect(rest!.upBytes).toBe(bins.slice(from).reduce((a, b) => a + b));
  }
});

test("totals are grouped, largest first", () => {
  const history = roomy();
  history.add(START, PHONE, SERVER, 1, 2, 3, 4);
  history.add(START + 9, PHONE, OTHER_SERVER, 10, 20, 30, 40);
  history.add(START + 9, TV, SERVER, 100, 200, 300, 400);
  const range = { from: START, to: START + 10 };
  const sums = (n: number) => ({ upBytes: n, downBytes: 2 * n, upPackets: 3 * n, downPackets: 4 * n });
  expect(history.totals({ ...range, by: "device" })).toEqual([
    { device: TV, ...sums(100) },
    { device: PHONE, ...sums(11) },
  ]);
  expect(history.totals({ ...range, by: "remote" })).toEqual([
    { remote: SERVER, ...sums(101) },
    { remote: OTHER_SERVER, ...sums(10) },
  ]);
  expect(history.totals({ ...range, by: "pair", top: 1 })).toEqual([
    { device: TV, remote: SERVER, ...sums(100) },
  ]);
  expect(history.totals({ ...range, by: "pair", device: PHONE, remote: SERVER })).toEqual([
    { device: PHONE, remote: SERVER, ...sums(1) },
  ]);
  expect(history.totals({ from: START + 1, to: START + 9, by: "pair" })).toEqual([]);
});

test("statistics of a series", () => {
  const history = roomy();
  for (let at = 0; at < 20; at++) history.add(START + at, PHONE, SERVER, at === 7 ? 1000 : at, 0, 1, 0);
  const series = history.series({ from: START, to: START + 20, step: 1 });
  const total = 1000 + (19 * 20) / 2 - 7;
  expect(statisticsOf(series, series.upBytes, [{ from: START, to: START + 20 }])).toEqual({
    total,
    mean: total / 2,
    peak: 1000,
    peakTick: START + 7,
    percentile95: 19,
  });
});

test("mean and percentile are of the recorded time, not of the time that nothing is known of", () => {
  const series = {
    from: START,
    step: SECOND,
    upBytes: Float64Array.of(0, 0, 100, 0, 0, 0, 200, 300),
    downBytes: new Float64Array(8),
    upPackets: new Float64Array(8),
    downPackets: new Float64Array(8),
  };
  // The third second, and from the middle of the seventh on.
  const recorded = [
    { from: START + 2 * SECOND, to: START + 3 * SECOND },
    { from: START + 6.5 * SECOND, to: START + 8 * SECOND },
  ];
  const { mean, percentile95 } = statisticsOf(series, series.upBytes, recorded);
  expect([mean, percentile95]).toEqual([600 / 2.5, 300]);
  expect(statisticsOf(series, series.downBytes, [])).toEqual({
    total: 0,
    mean: 0,
    peak: 0,
    peakTick: START,
    percentile95: 0,
  });
});

test.each([
  ["empty", START, START, 1],
  ["backwards", START, START - 1, 1],
  ["without a step", START, START + 1, 0],
  ["not of whole ticks", START, START + 1, 0.5],
  ["of too many steps", START, START + RETENTION + 1, 1],
])("a range that is %s is refused", (_, from, to, step) => {
  expect(() => roomy().series({ from, to, step })).toThrow(RangeError);
});

test("rollups come once, when finished, also across a step of the clock", () => {
  const history = roomy();
  const rows: number[][] = [];
  let since = 0;
  const read = () => {
    for (const { tick, device, upBytes } of history.rollups(SECOND, since))
      rows.push([tick - START, device, upBytes]);
    since = history.finished(SECOND);
  };
  for (const [tick, bytes] of [
    [0, 1],
    [9, 2],
    [10, 4],
    [25, 8],
    [25 - 2 * HOUR, 16],
    [60 - 2 * HOUR, 32],
  ] as const) {
    history.add(START + tick, PHONE, SERVER, bytes, 0, 1, 0);
    read();
  }
  const [back] = [20 - 2 * HOUR];
  expect(rows).toEqual([
    [0, PHONE, 3],
    [10, PHONE, 4],
    [20, PHONE, 8],
    [back, PHONE, 16],
  ]);
});

test("100 ms become seconds, then minutes, then nothing, oldest first, and no sum is lost before", () => {
  const ticks = 3 * HOUR;
  const devices = 4;
  const seen = [1, 0.5, 0.125, 0.0625].map((share) => {
    const history = new TrafficHistory(MEGABYTE * share, devices);
    stream(history, ticks, devices);
    const { bytesUsed, budget, oldest100ms, oldestSecond, oldest, lostBytes } = history.stats();
    expect([bytesUsed <= budget, lostBytes]).toEqual([true, 0]);
    const { upPackets } = history.series({ from: oldest, to: START + ticks, step: MINUTE });
    expect(upPackets.every((packets) => packets === 12 * MINUTE * devices)).toBe(true);
    return [oldest100ms, oldestSecond, oldest].map((tick) => (START + ticks - tick) / HOUR);
  });
  for (const [detail, seconds, all] of seen) expect(detail! <= seconds! && seconds! <= all!).toBe(true);
  // The most: all there is in minutes, the last hour in detail where it fits.
  expect(seen.map(([, , all]) => all)).toEqual([3, 3, 3, 3]);
  const details = seen.map(([detail]) => detail!);
  expect(details).toEqual(details.toSorted((a, b) => b - a));
  // The hour that is kept longest is there in 100 ms, in seconds, and no more at all.
  expect([details[0]! >= 1, seen[1]![1]! >= 1, seen[3]![1]! < 1]).toEqual([true, true, true]);
});

test("minutes are dropped when they alone are too many, and what is said to be there is there", () => {
  const devices = 4;
  const history = new TrafficHistory(64 * 1024, devices);
  const ticks = 20 * HOUR;
  for (let at = 0; at < ticks; at += 5 * SECOND) {
    for (let device = 0; device < devices; device++)
      history.add(START + at, device, SERVER, at, 7 * at, 1, 1000);
  }
  const { bytesUsed, budget, oldest, lostBytes } = history.stats();
  expect([bytesUsed <= budget, lostBytes]).toEqual([true, 0]);
  expect(oldest > START + HOUR && oldest < START + 15 * HOUR).toBe(true);
  const { upPackets, downBytes } = history.series({ from: oldest - HOUR, to: START + ticks, step: MINUTE });
  expect([...upPackets.subarray(0, 60)]).toEqual(new Array(60).fill(0));
  expect(upPackets.subarray(60).every((packets) => packets === 12 * devices)).toBe(true);
  const odd = history.series({ from: oldest, to: START + ticks, step: 70 }).upPackets;
  expect(odd.reduce((a, b) => a + b)).toBe(((START + ticks - oldest) / 50) * devices);
  const kept = Array.from({ length: (START + ticks - oldest) / 50 }, (_, i) => 7 * (oldest - START + 50 * i));
  expect(downBytes.reduce((a, b) => a + b)).toBe(devices * kept.reduce((a, b) => a + b));
});

test("a budget too small for the devices is refused", () => {
  expect(() => new TrafficHistory(64 * 1024)).toThrow(RangeError);
});

test("what is older than 24 hours is gone, and so are pairs that have nothing else", () => {
  const history = roomy();
  history.add(START, PHONE, SERVER, 1, 1, 1, 1);
  stream(history, 2 * MINUTE);
  for (let at = 2 * MINUTE; at <= RETENTION; at += MINUTE) history.advance(START + at);
  expect(history.stats().pairs).toBe(2);
  for (let at = 0; at <= 4 * MINUTE; at += MINUTE) history.advance(START + RETENTION + at);
  expect(history.totals({ from: START - 1, to: START + RETENTION, by: "pair" })).toEqual([]);
  expect(history.stats()).toMatchObject({ pairs: 0, oldest: START + 4 * MINUTE });
});

test("a device that scans the Internet is counted under OTHERS in the end, and leaves room for the rest", () => {
  const history = new TrafficHistory(4 * MEGABYTE, 16);
  const remote = Uint32Array.of(0, 0, 0xffff, 0);
  for (let i = 0; i < 5000; i++) {
    remote[3] = i;
    history.add(START + i, PHONE, remote, 60, 0, 1, 0);
  }
  history.add(START + 5000, TV, SERVER, 1, 1, 1, 1);
  const { packetsOfOthers, pairs } = history.stats();
  expect(packetsOfOthers).toBeGreaterThan(4000);
  expect(pairs).toBe(5000 - packetsOfOthers + 2);
  const range = { from: START, to: START + 5001 };
  expect(history.totals({ ...range, by: "device", device: PHONE })[0]!.upPackets).toBe(5000);
  expect(history.totals({ ...range, by: "pair", top: 1 })[0]).toMatchObject({
    remote: OTHERS,
    upPackets: packetsOfOthers,
  });
  expect(history.totals({ ...range, by: "pair", device: TV })).toHaveLength(1);
});

test("what a pair takes an hour is told after the first full hour", () => {
  const history = roomy();
  stream(history, 2 * HOUR + MINUTE);
  const { bytesPerPairAndHour } = history.stats();
  expect(bytesPerPairAndHour > 3 * HOUR && bytesPerPairAndHour < 12 * HOUR).toBe(true);
});

test("a device that is forgotten has never been, the others stay, and its room is free again", () => {
  const history = roomy();
  const empty = history.stats().bytesUsed;
  stream(history, HOUR, PHONE + 1);
  const range = { from: START, to: START + HOUR };
  const before = history.totals({ ...range, by: "device" }).filter(({ device }) => device !== PHONE);
  history.forget(PHONE);
  const after = history.totals({ ...range, by: "device" });
  const left = history.rollups(SECOND, 0).some(({ device }) => device === PHONE);
  history.forget();
  const { bytesUsed, pairs } = history.stats();
  expect([after, left, bytesUsed, pairs]).toEqual([before, false, empty, 0]);
  history.add(START + HOUR, PHONE, SERVER, 1, 2, 3, 4);
  expect(history.totals({ from: START, to: START + HOUR + 1, by: "device" })).toEqual([
    { device: PHONE, upBytes: 1, downBytes: 2, upPackets: 3, downPackets: 4 },
  ]);
});

test("series of the largest groups and of the rest are those of each alone", () => {
  const history = roomy();
  const devices = 6;
  for (let at = 0; at < 3 * MINUTE; at++) {
    for (let device = 0; device < devices; device++) {
      history.add(
        START + at,
        device,
        device % 2 === 0 ? SERVER : OTHER_SERVER,
        (device + 1) * 100 + at,
        7,
        1,
        1,
      );
    }
  }
  const range = { from: START, to: START + 3 * MINUTE, step: 20 * SECOND };
  const { groups, rest } = history.seriesBy({ ...range, by: "device", top: 2 });
  expect(groups).toEqual([5, 4].map((device) => ({ device, series: history.series({ ...range, device }) })));
  const all = history.series(range);
  const added = all.upBytes.map((_, i) =>
    groups.reduce((sum, { series }) => sum + series.upBytes[i]!, rest.upBytes[i]!),
  );
  expect([...added]).toEqual([...all.upBytes]);
  const byRemote = history.seriesBy({ ...range, by: "remote", top: 5, device: 3 });
  expect(byRemote).toEqual({
    groups: [{ remote: OTHER_SERVER, series: history.series({ ...range, device: 3 }) }],
    rest: history.series({ ...range, device: 3, remote: SERVER }),
  });
});

import { afterAll, expect, test } from "bun:test";
import { macNumber, parseMac } from "../../addr/mac.ts";
import { TrafficHistory } from "../../traffic/history/history.ts";
import { MINUTE } from "../../traffic/history/ticks.ts";
import {
  callServers,
  LAPTOP,
  ms,
  newStore,
  PHONE,
  RANGE,
  Run,
  removeStores,
  restarted,
  rowsOf,
  SERVERS,
  START,
  WORDS,
} from "./ranges.fixture.ts";

const upload = (upBytes: number) => ({ device: macNumber(LAPTOP), remote: WORDS[0]!, upBytes, upPackets: 1 });

const MEGABYTE = 1024 * 1024;

afterAll(removeStores);

test("after a restart nothing is missing and nothing is there twice, in seconds and in minutes", () => {
  for (const endedAt of [MINUTE + 333, 2 * MINUTE, MINUTE + 1]) {
    const { after, all } = restarted(endedAt, 3 * MINUTE);
    for (const step of [1000, 7000, 60_000])
      for (const of of [{}, { device: PHONE }, { remote: SERVERS[1]! }]) {
        const query = { ...RANGE, ...of, step };
        expect({ endedAt, ...after.ranges.series(query) }).toEqual({ endedAt, ...all.ranges.series(query) });
      }
  }
});

test("what memory has written to the disk meanwhile does not count twice", () => {
  const { after, all } = restarted(MINUTE + 333, 3 * MINUTE);
  after.keep();
  const query = { ...RANGE, step: 1000 };
  expect(after.ranges.series(query)).toEqual(all.ranges.series(query));
});

test.each(["device", "remote", "domain"] as const)("totals and series by %s are of both parts", (by) => {
  const { after, all } = restarted(MINUTE + 333, 3 * MINUTE);
  for (const run of [after, all]) callServers(run);
  const series = after.ranges.series({ ...RANGE, by, step: 1000, top: 1 });
  expect([after.ranges.totals({ ...RANGE, by }), series]).toEqual([
    all.ranges.totals({ ...RANGE, by }),
    all.ranges.series({ ...RANGE, by, step: 1000, top: 1 }),
  ]);
  expect(series.groups.map(({ key }) => Object.keys(key).length > 0)).toEqual([true, false]);
});

test("a home in which nothing has left yet has no groups", () => {
  const quiet = new Run();
  for (let tick = START; tick < START + 20; tick++) quiet.take(tick, []);
  const range = { from: ms(START), to: ms(START + 20) };
  for (const by of ["device", "remote", "domain", "service"] as const)
    expect([
      quiet.ranges.series({ ...range, by, step: 100 }).groups,
      quiet.ranges.totals({ ...range, by }),
    ]).toEqual([[], []]);
});

test("groups are told with what is known of them, most bytes first", () => {
  const { all } = restarted(0, MINUTE);
  const seen = { name: "cdn.example.co.uk", transport: "quic", maybeOuter: false, at: 1 } as const;
  all.book.serverName(macNumber(LAPTOP), WORDS[0]!, seen);
  const keys = (by: "device" | "remote" | "domain" | "service") =>
    all.ranges.totals({ ...RANGE, by }).map(({ key }) => key);
  expect({
    device: keys("device"),
    remote: keys("remote"),
    domain: keys("domain"),
    service: keys("service"),
  }).toEqual({
    device: [{ device: LAPTOP }, { device: PHONE }],
    remote: [
      { remote: SERVERS[0]!, name: "cdn.example.co.uk", evidence: "server-name", domain: "example.co.uk" },
      { remote: SERVERS[1]! },
      { remote: SERVERS[2]! },
    ],
    domain: [{ domain: "example.co.uk" }, { domain: SERVERS[1]! }, { domain: SERVERS[2]! }],
    service: [
      { protocol: 6, port: 443, service: "web" },
      { protocol: 6, port: 80, service: "web (unencrypted)" },
    ],
  });
});

test("series by service leave out what memory no longer has of services, as the group without a key", () => {
  const { after } = restarted(MINUTE + 333, 3 * MINUTE);
  const { groups } = after.ranges.series({ ...RANGE, by: "service", step: 60_000 });
  const total = after.ranges.series({ ...RANGE, step: 60_000 }).groups[0]!;
  const sum = total.down.map((_, i) => groups.reduce((bytes, group) => bytes + group.down[i]!, 0));
  expect([groups.map(({ key }) => key.port), groups[0]!.down[0], sum]).toEqual([
    [443, 80, undefined],
    0,
    total.down,
  ]);
});

test("statistics are as fine as the range is known: 100 ms in memory, seconds on the disk, minutes of long ranges", () => {
  const { after } = restarted(MINUTE + 333, 3 * MINUTE);
  const statistics = (from: number, to: number) => after.ranges.statistics({ from: ms(from), to: ms(to) });
  const fine = statistics(START + 2 * MINUTE, START + 2 * MINUTE + 30);
  const coarse = statistics(START, START + MINUTE);
  const long = statistics(START - 180 * MINUTE, START + MINUTE);
  expect([fine.step, coarse.step, long.step]).toEqual([100, 1000, 60_000]);
  expect([coarse.up.total, coarse.upPackets, long.up.total]).toEqual([coarse.up.total, 800, coarse.up.total]);
  expect([fine.up.mean, fine.up.peak, fine.up.peakAt % 100]).toEqual([
    fine.up.total / 3,
    Math.max(
      ...after.ranges.series({ from: ms(START + 2 * MINUTE), to: ms(START + 2 * MINUTE + 30), step: 100 })
        .groups[0]!.up,
    ) * 10,
    0,
  ]);
});

test("statistics are of the recorded time: not of what was before the first start, nor of a time without the router", () => {
  const path = newStore();
  const first = new Run(path);
  for (let tick = START; tick < START + MINUTE; tick++) first.take(tick, [upload(10)]);
  // A second is kept once it is over.
  first.take(START + MINUTE, []);
  first.keep();
  first.store.close();
  const second = new Run(path);
  for (let tick = START + 10 * MINUTE; tick < START + 11 * MINUTE; tick++) second.take(tick, [upload(30)]);
  const statistics = (from: number, to: number) => {
    const { recorded, up } = second.ranges.statistics({ from: ms(START + from), to: ms(START + to) });
    return { recorded, mean: up.mean, percentile95: up.percentile95 };
  };
  const all = { recorded: 120_100, mean: (600 * 10 + 600 * 30) / 120.1, percentile95: 300 };
  expect({
    both: statistics(0, 11 * MINUTE),
    yesterdayToo: statistics(-1440 * MINUTE, 11 * MINUTE),
    tomorrowToo: statistics(0, 1440 * MINUTE),
    first: statistics(-MINUTE, MINUTE),
    between: statistics(2 * MINUTE, 3 * MINUTE),
    quietly: statistics(10 * MINUTE + 50, 10 * MINUTE + 60),
  }).toEqual({
    both: all,
    yesterdayToo: all,
    tomorrowToo: all,
    first: { recorded: 60_000, mean: 100, percentile95: 100 },
    between: { recorded: 0, mean: 0, percentile95: 0 },
    quietly: { recorded: 1000, mean: 300, percentile95: 300 },
  });
});

test("a quiet time is recorded as well, and what was deleted was not", () => {
  const run = new Run();
  run.take(START, [upload(600)]);
  for (let tick = START; tick < START + MINUTE; tick++) run.take(tick, []);
  const range = { from: ms(START), to: ms(START + MINUTE) };
  expect(run.ranges.statistics(range)).toMatchObject({ recorded: 60_000, up: { mean: 10, percentile95: 0 } });
  run.accounts.forget();
  expect(run.ranges.statistics(range)).toMatchObject({ recorded: 0, up: { mean: 0 } });
});

test("a clock that was set shows what was recorded under the time it showed, and the disk's past again", () => {
  const path = newStore();
  const first = new Run(path);
  for (let tick = START; tick < START + MINUTE; tick++) first.take(tick, rowsOf(tick));
  first.take(START + MINUTE, []);
  first.keep();
  const before = first.ranges.series({ ...RANGE, step: 1000 });
  first.store.close();
  // A router without a battery starts in the past, then learns the time.
  const second = new Run(path);
  for (let tick = 1000; tick < 1100; tick++) second.take(tick, rowsOf(tick));
  for (let tick = START + 2 * MINUTE; tick < START + 2 * MINUTE + 10; tick++) second.take(tick, []);
  expect(second.ranges.series({ ...RANGE, step: 1000 })).toEqual(before);
});

test("long ranges are answered in whole minutes", () => {
  const { all } = restarted(0, MINUTE);
  const { from, step, groups } = all.ranges.series({
    from: RANGE.from - 100,
    to: RANGE.from + 3 * 3_600_000,
    step: 1000,
  });
  expect([from, step, groups[0]!.up.length]).toEqual([RANGE.from - 60_000, 60_000, 181]);
});

test("what cannot be answered says which field is wrong", () => {
  const { all } = restarted(0, 10);
  const faults = [
    { ...RANGE, step: 150 },
    { ...RANGE, step: 100, from: RANGE.to },
    { ...RANGE, step: 100, from: Number.NaN },
    { ...RANGE, step: 100, remote: "example.com" },
    { ...RANGE, step: 100, remote: SERVERS[0]!, by: "service" as const },
  ].map((query) => {
    try {
      return all.ranges.series(query);
    } catch (error) {
      return [error instanceof RangeError, (error as Error).message.split(":")[0]];
    }
  });
  expect(faults).toEqual(["step", "to", "from", "remote", "by"].map((field) => [true, field]));
});

test("a device that nothing is known of has no traffic", () => {
  const { all } = restarted(0, 10);
  const device = parseMac("02:00:5e:99:99:99")!;
  expect(all.ranges.totals({ ...RANGE, device, by: "remote" })).toEqual([]);
});

test("where memory has given up seconds within a range, no second counts twice", () => {
  const [small, all] = [new Run(), new Run()];
  Object.assign(small.accounts, { remotes: new TrafficHistory(MEGABYTE / 8, 4) });
  const end = 20 * MINUTE;
  for (const run of [small, all])
    for (let tick = START; tick < START + end; tick++) {
      const [row] = rowsOf(tick);
      const remotes = Array.from({ length: 12 }, (_, i) => Uint32Array.of(0, 0, 0xffff, 0xcb007100 + i));
      run.take(
        tick,
        remotes.map((remote, i) => ({ ...row, remote, upBytes: (tick * 31 + i * 7919) % 9973 })),
      );
      if (tick % MINUTE === 17) run.keep();
    }
  expect(small.accounts.remotes.stats().oldestSecond).toBeWithin(START + MINUTE, START + end);
  const told = ({ ranges }: Run) => {
    const range = { from: ms(START + 10), to: ms(START + end - 10) };
    return [ranges.totals({ ...range, by: "device" }), ranges.series({ ...range, step: 7000 })];
  };
  expect(told(small)).toEqual(told(all));
});

import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAddress } from "../../addr/ipv6.ts";
import { type Mac, macNumber, parseMac } from "../../addr/mac.ts";
import { emptySums, type SumsRecord } from "../../traffic/feed/records.ts";
import { MINUTE } from "../../traffic/history/ticks.ts";
import { createLog } from "../log.ts";
import { TrafficAccounts } from "./accounts.ts";
import { Keeping } from "./keeping.ts";
import { NameBook } from "./name-book.ts";
import { TrafficRanges } from "./ranges.ts";
import { RollupStore } from "./rollups/rollup-store.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-ranges-"));
let stores = 0;

afterAll(() => rmSync(folder, { recursive: true }));

/** Ticks; a whole minute. */
const START = 29_400_000 * MINUTE;
const LAPTOP = parseMac("02:00:5e:10:00:01")!;
const PHONE = parseMac("02:00:5e:10:00:02")!;
const SERVERS = ["198.51.100.7", "198.51.100.8", "203.0.113.80"];
const WORDS = SERVERS.map((address) => parseAddress(address)!);
const LIMITS = { keepSecondsDays: 7, keepMinutesDays: 365 };

/** A control plane's part that counts; several may run one after the other on the same disk. */
class Run {
  readonly accounts = new TrafficAccounts(32);
  readonly book = new NameBook();
  readonly store: RollupStore;
  readonly ranges: TrafficRanges;
  readonly #keeping: Keeping;

  constructor(path = join(folder, `${++stores}`)) {
    this.store = RollupStore.open(
      path,
      LIMITS,
      createLog("test", () => {}),
    );
    this.ranges = new TrafficRanges(this.accounts, this.store, this.book);
    this.#keeping = new Keeping(this.accounts, this.store);
  }

  /** Takes a tick as the feed tells it, whose ordinals are the ticks since START here. */
  take(tick: number, rows: readonly Partial<SumsRecord>[]): void {
    for (const row of rows) this.accounts.add({ ...emptySums(), tick, ...row });
    this.#keeping.noteTick(this.accounts.advance(tick), tick - START + 1);
  }

  keep(): void {
    this.#keeping.keep();
  }
}

/** Two devices and three servers, each tick others of them. */
function rowsOf(tick: number): Partial<SumsRecord>[] {
  const row = (device: Mac, server: number, port: number) => ({
    device: macNumber(device),
    remote: WORDS[server]!,
    protocol: 6,
    port,
    upBytes: 60 + (tick % 7),
    downBytes: 1500 + (tick % 11),
    upPackets: 1,
    downPackets: 2,
  });
  const rows = [row(LAPTOP, tick % 5 < 3 ? 0 : 1, 443)];
  if (tick % 3 === 0) rows.push(row(PHONE, 2, 80));
  return rows;
}

const upload = (upBytes: number) => ({ device: macNumber(LAPTOP), remote: WORDS[0]!, upBytes, upPackets: 1 });

/** A run that ended at a tick within a second and one that goes on where that one stopped, beside one that saw all. */
function restarted(endedAt: number, now: number): { after: Run; all: Run } {
  const path = join(folder, `${++stores}`);
  const [before, all] = [new Run(path), new Run()];
  for (let tick = START; tick < START + endedAt; tick++) {
    before.take(tick, rowsOf(tick));
    all.take(tick, rowsOf(tick));
    if (tick % MINUTE === 17) before.keep();
  }
  before.keep();
  before.store.close();
  const after = new Run(path);
  for (let tick = START + after.store.position!; tick < START + now; tick++) after.take(tick, rowsOf(tick));
  for (let tick = START + endedAt; tick < START + now; tick++) all.take(tick, rowsOf(tick));
  return { after, all };
}

const ms = (tick: number) => tick * 100;
const RANGE = { from: ms(START), to: ms(START + 3 * MINUTE) };

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
  for (const run of [after, all])
    for (const [device, server, name] of [
      [LAPTOP, 0, "a.example.net"],
      [LAPTOP, 1, "b.example.net"],
      [PHONE, 2, "www.example.org"],
    ] as const)
      run.book.serverName(macNumber(device), WORDS[server]!, {
        name,
        transport: "tls",
        maybeOuter: false,
        at: 1,
      });
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
  const path = join(folder, `${++stores}`);
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
  const path = join(folder, `${++stores}`);
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

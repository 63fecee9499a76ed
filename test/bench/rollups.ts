/**
 * What the stored traffic takes on the disk and in time, for the homes of `home-traffic.ts`: bun test/bench/rollups.ts [days]. Written is
 * what the kernel was given to write for the process; times of queries are CPU time, medians of some rounds.
 */
import { Database } from "bun:sqlite";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog } from "../../runtime/src/service/log.ts";
import { RollupStore, type SecondSums } from "../../runtime/src/service/traffic/rollups/rollup-store.ts";
import { TrafficHistory } from "../../runtime/src/traffic/history/history.ts";
import { HOUR, MINUTE, SECOND, TICK_MS } from "../../runtime/src/traffic/history/ticks.ts";
import { busyPairs, homePairs, playDay, seededRandom } from "./home-traffic.ts";

const START = Date.UTC(2026, 0, 1) / TICK_MS;
const DAY = 24 * HOUR;
const ROUNDS = 5;
const MEGABYTE = 1e6;
/** Locally administered; the number of the device follows. */
const FIRST_MAC = 0x0200_0000_0000;

const days = Number(process.argv[2] ?? 7);
measure("A home of 40 devices", (day) => homePairs(seededRandom(day)));
measure("50 busy pairs (30 video, 10 calls, 10 browsing)", busyPairs);

function measure(title: string, pairs: (day: number) => ReturnType<typeof homePairs>): void {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  const store = RollupStore.open(folder, { keepSecondsDays: 7, keepMinutesDays: 365 }, createLog("bench"));
  const written = writtenBytes();
  const recording = new Recording(store);
  for (let day = 0; day < days; day++) recording.play(pairs(day), day);
  const { times } = recording;
  times.sort((a, b) => a - b);
  const [median, hourly, most] = [0.5, 0.99, 1].map((share) => times[Math.ceil(times.length * share) - 1]!);
  console.log(`\n${title}, ${days} days`);
  console.log(
    `  ${perDay(sheetBytes(folder, "seconds"))} MB a day at 1 s, ${perDay(sheetBytes(folder, "minutes") + sheetBytes(folder, "hours"))} MB at 1 min and 1 h; the files have ${mb(store.bytes)} MB`,
  );
  console.log(`  ${perDay(writtenBytes() - written)} MB a day given to the disk to write`);
  console.log(
    `  append: ${median!.toFixed(1)} ms of CPU, ${hourly!.toFixed(0)} ms at the end of an hour, ${most!.toFixed(0)} ms at most`,
  );
  queries(store);
  const forgetting = cpuTime(() => store.forget(FIRST_MAC + 3));
  console.log(`  ${forgetting.toFixed(1).padStart(7)} ms  a device is forgotten`);
  store.close();
  rmSync(folder, { recursive: true });
}

/** Plays days into a history and appends what is finished each minute, as the service does. */
class Recording {
  /** Milliseconds of CPU of each append, what the history takes to tell its rows included. */
  readonly times: number[] = [];
  readonly #history = new TrafficHistory();
  #since = 0;
  #minute = 0;

  constructor(private readonly store: RollupStore) {}

  play(pairs: ReturnType<typeof homePairs>, day: number): void {
    const remote = Uint32Array.of(0, 0, 0xffff, 0);
    playDay(pairs, START + day * DAY, seededRandom(day + 2), (tick, device, number, ...sums) => {
      if (Math.floor(tick / MINUTE) !== this.#minute) this.#append(tick);
      remote[3] = number;
      this.#history.add(tick, device, remote, ...sums);
    });
    this.#append(START + (day + 1) * DAY);
  }

  #append(tick: number): void {
    this.#history.advance(tick);
    this.#minute = Math.floor(tick / MINUTE);
    const until = this.#history.finished(SECOND);
    const append = () => {
      if (!this.store.append(this.#rows(), until)) throw new Error(this.store.fault);
    };
    this.times.push(cpuTime(append));
    this.#since = until;
    if (this.#minute % 60 === 0) this.store.expire(tick);
  }

  *#rows(): Generator<SecondSums> {
    for (const row of this.#history.rollups(SECOND, this.#since)) {
      yield Object.assign(row, { device: FIRST_MAC + (row.device % FIRST_MAC) });
    }
  }
}

function queries(store: RollupStore): void {
  const [from, to] = [START, START + days * DAY];
  const device = FIRST_MAC + 3;
  const asked: [string, () => unknown][] = [
    ["series, all days in steps of 10 min", () => store.series({ from, to, step: 10 * MINUTE })],
    ["series, a day in steps of 1 min", () => store.series({ from, to: from + DAY, step: MINUTE })],
    ["series, 5 h in steps of 10 s", () => store.series({ from, to: from + 5 * HOUR, step: 10 * SECOND })],
    [
      "series of a device, all days in steps of 10 min",
      () => store.series({ from, to, step: 10 * MINUTE, device }),
    ],
    [
      "series of 8 devices and the rest, all days in steps of 10 min",
      () => store.seriesBy({ from, to, step: 10 * MINUTE, by: "device", top: 8 }),
    ],
    [
      "series of 8 remotes and the rest, all days in steps of 10 min",
      () => store.seriesBy({ from, to, step: 10 * MINUTE, by: "remote", top: 8 }),
    ],
    ["totals by remote, all days", () => store.totals({ from, to, by: "remote", top: 50 })],
    ["totals by remote of a device, all days", () => store.totals({ from, to, by: "remote", device })],
  ];
  for (const [name, ask] of asked) {
    const times = Array.from({ length: ROUNDS }, () => cpuTime(ask)).sort((a, b) => a - b);
    console.log(
      `  ${times[ROUNDS >> 1]!.toFixed(1).padStart(7)} ms (${times.at(-1)!.toFixed(1)} at most)  ${name}`,
    );
  }
}

function sheetBytes(folder: string, table: string): number {
  const database = new Database(join(folder, "rollups.sqlite"), { readonly: true });
  const row = database.query(`SELECT sum(length(sheet) + length(sums)) AS bytes FROM ${table}`).get();
  database.close();
  return (row as { bytes: number }).bytes;
}

/** Milliseconds. */
function cpuTime(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function writtenBytes(): number {
  return Number(/^write_bytes: (\d+)/m.exec(readFileSync("/proc/self/io", "latin1"))?.[1]);
}

function mb(bytes: number): string {
  return (bytes / MEGABYTE).toFixed(1);
}

function perDay(bytes: number): string {
  return mb(bytes / days);
}

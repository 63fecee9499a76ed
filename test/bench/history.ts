/**
 * What the traffic history takes in bytes and time for a stated model of a home (`home-traffic.ts`): bun test/bench/history.ts [budget in MB].
 * Bytes of the bins stand against 36, which a tick and four doubles would take; times of queries are medians of some rounds.
 */
import { DEFAULT_BUDGET, type TrafficHistory } from "../../runtime/src/traffic/history/history.ts";
import { HOUR, MINUTE, SECOND } from "../../runtime/src/traffic/history/ticks.ts";
import { DAY, type RecordedDay, recordDay, START, time } from "./home-day.ts";
import { bulkPairs, busyPairs, homePairs, seededRandom } from "./home-traffic.ts";

const ROUNDS = 7;
const PLAIN_BYTES = 36;
const MEGABYTE = 1024 * 1024;

const budget = process.argv[2] === undefined ? DEFAULT_BUDGET : Number(process.argv[2]) * MEGABYTE;
measure("A home of 40 devices", () => homePairs(seededRandom(1)));
measure("50 busy pairs (30 video, 10 calls, 10 browsing)", busyPairs);
measure("50 pairs with 100 Mbit/s each", bulkPairs);

function measure(title: string, pairs: () => ReturnType<typeof homePairs>): void {
  console.log(`\n${title}, budget ${Math.round(budget / MEGABYTE)} MB`);
  const day = recordDay(pairs, budget);
  const { history, resident } = day;
  told(day);
  const stats = history.stats();
  const ago = (tick: number) => `${((START + DAY - tick) / HOUR).toFixed(1)} h`;
  console.log(
    `  memory after 24 h: ${megabytes(stats.bytesUsed)} MB of ${megabytes(budget)} MB in use, ${stats.pairs} pairs; the process has ${megabytes(resident)} MB more than before`,
  );
  console.log(
    `  per active pair and hour at 100 ms (last full hour): ${Math.round(stats.bytesPerPairAndHour)} bytes`,
  );
  console.log(
    `  100 ms for ${ago(stats.oldest100ms)}, 1 s for ${ago(stats.oldestSecond)}, all for ${ago(stats.oldest)}`,
  );
  console.log(`  of other remotes ${stats.packetsOfOthers} packets, lost ${stats.lostBytes} bytes`);
  queries(history);
}

function told({ history, bins, activePairs, nanoseconds, slowestMs }: RecordedDay): void {
  const { bytesUsed } = history.stats();
  console.log(
    `  ${bins} bins, ${activePairs} active pairs x hours, about ${nanoseconds.toFixed(0)} ns each with the bench's own`,
  );
  console.log(
    `  ${(bytesUsed / bins).toFixed(1)} bytes a bin (${(bytesUsed / bins / PLAIN_BYTES).toFixed(2)} of plain)`,
  );
  console.log(
    `  ${Math.round(bytesUsed / activePairs)} bytes per active pair and hour over the day, slowest tick ${slowestMs.toFixed(1)} ms`,
  );
}

function queries(history: TrafficHistory): void {
  const [from, to] = [START, START + DAY];
  const grouped = (by: "device" | "remote", length: number, step: number) =>
    history.seriesBy({ from: to - length, to, step, by, top: 8 });
  const asked: [string, () => unknown][] = [
    ["series, 24 h in 1440 steps", () => history.series({ from, to, step: MINUTE })],
    ["series, 24 h in steps of 30 s", () => history.series({ from, to, step: 30 * SECOND })],
    ["series, 24 h in steps of 10 s", () => history.series({ from, to, step: 10 * SECOND })],
    ["series, 6 h in steps of 10 s", () => history.series({ from: to - 6 * HOUR, to, step: 10 * SECOND })],
    ["series, 1 h in steps of 2 s", () => history.series({ from: to - HOUR, to, step: 2 * SECOND })],
    [
      "series of 8 devices and the rest, 24 h in steps of 30 s",
      () => grouped("device", 24 * HOUR, 30 * SECOND),
    ],
    [
      "series of 8 remotes and the rest, 24 h in steps of 30 s",
      () => grouped("remote", 24 * HOUR, 30 * SECOND),
    ],
    ["series of 8 remotes and the rest, 24 h in 1440 steps", () => grouped("remote", 24 * HOUR, MINUTE)],
    ["series of 8 remotes and the rest, 1 h in steps of 2 s", () => grouped("remote", HOUR, 2 * SECOND)],
    ["series, 24 h in steps of 1 s", () => history.series({ from, to, step: SECOND })],
    ["series, 24 h at 100 ms", () => history.series({ from, to, step: 1 })],
    ["series, last minute at 100 ms", () => history.series({ from: to - MINUTE, to, step: 1 })],
    ["series of a device, 24 h in 1440 steps", () => history.series({ from, to, step: MINUTE, device: 3 })],
    ["totals by pair, 24 h, top 50", () => history.totals({ from, to, by: "pair", top: 50 })],
    [
      "totals by device, odd range",
      () => history.totals({ from: from + 12_345, to: to - 54_321, by: "device" }),
    ],
    [
      "rollups of the last minute",
      () => [...history.rollups(SECOND, history.finished(SECOND) - MINUTE)].length,
    ],
    ["stats", () => history.stats()],
  ];
  for (const [name, ask] of asked) {
    const times = Array.from({ length: ROUNDS }, () => time(ask)).sort((a, b) => a - b);
    console.log(
      `  ${times[ROUNDS >> 1]!.toFixed(1).padStart(7)} ms (${times.at(-1)!.toFixed(1)} at most)  ${name}`,
    );
  }
}

function megabytes(bytes: number): string {
  return (bytes / MEGABYTE).toFixed(1);
}

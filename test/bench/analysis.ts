/**
 * What the live analysis costs per record of sums, beside adding the same to the history, and how often it raises a false alarm in a
 * month of a home: bun test/bench/analysis.ts [days]. The model of the home is in `home-traffic.ts`; nothing in it is worth a notice.
 */
import { TrafficAnalysis } from "../../runtime/src/traffic/analysis/analysis.ts";
import { emptySums } from "../../runtime/src/traffic/feed/records.ts";
import { TrafficHistory } from "../../runtime/src/traffic/history/history.ts";
import { HOUR, TICK_MS } from "../../runtime/src/traffic/history/ticks.ts";
import { homePairs, playDay, seededRandom } from "./home-traffic.ts";

const START = Date.UTC(2026, 0, 1) / TICK_MS;
const ROUNDS = 5;
const ROUND = 500_000;
/** Chosen by software, so that it is no maker's. */
const FIRST_MAC = 0x0200_0000_0000;

costs();
tops();
month(Number(process.argv[2] ?? 30));

/** Half a million bins of the busiest hours, to both, by turns. */
function costs(): void {
  const bins = binsOfDay(ROUND);
  const ratios: { analysis: number; history: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const history = new TrafficHistory();
    const remote = new Uint32Array([0, 0, 0xffff, 0]);
    const added = time(() => {
      for (let at = 0; at < bins.length; at += 7) {
        remote[3] = bins[at + 2]!;
        history.add(
          START + bins[at]!,
          bins[at + 1]!,
          remote,
          bins[at + 3]!,
          bins[at + 4]!,
          bins[at + 5]!,
          bins[at + 6]!,
        );
      }
    });
    const analysis = new TrafficAnalysis(() => undefined);
    const looked = time(() => feed(analysis, bins));
    ratios.push({ analysis: (looked * 1e6 * 7) / bins.length, history: (added * 1e6 * 7) / bins.length });
  }
  ratios.sort((a, b) => a.analysis / a.history - b.analysis / b.history);
  const { analysis, history } = ratios[ROUNDS >> 1]!;
  console.log(`TrafficHistory.add ${history.toFixed(0)} ns, TrafficAnalysis.add ${analysis.toFixed(0)} ns`);
  console.log(`ratio ${(analysis / history).toFixed(2)}, with all that is done once a second`);
}

/** What a question costs at its worst: a table that is nearly full. */
function tops(): void {
  const analysis = new TrafficAnalysis(() => undefined);
  const record = emptySums();
  Object.assign(record, { tick: START, protocol: 6, upBytes: 100, upPackets: 1 });
  for (let i = 0; i < 4000; i++) {
    record.device = FIRST_MAC + (i % 5);
    record.remote.set([0x2001_0db8, i, 0, 1]);
    record.port = i % 100;
    analysis.add(record);
  }
  for (const by of ["device", "remote", "domain", "protocol", "service"] as const) {
    analysis.top(by, 20, 60);
    const took = time(() => analysis.top(by, 20, 60));
    console.log(`top 20 by ${by} of 4000 flows: ${took.toFixed(2)} ms`);
  }
}

function feed(analysis: TrafficAnalysis, bins: Float64Array): void {
  const record = emptySums();
  record.protocol = 6;
  record.port = 443;
  record.remote[2] = 0xffff;
  for (let at = 0; at < bins.length; at += 7) {
    record.tick = START + bins[at]!;
    record.device = FIRST_MAC + bins[at + 1]!;
    record.remote[3] = bins[at + 2]!;
    record.upBytes = bins[at + 3]!;
    record.downBytes = bins[at + 4]!;
    record.upPackets = bins[at + 5]!;
    record.downPackets = bins[at + 6]!;
    analysis.add(record);
  }
}

/** Seven numbers each. */
function binsOfDay(count: number): Float64Array {
  const bins = new Float64Array(count * 7);
  let at = 0;
  playDay(homePairs(seededRandom(1)), 0, seededRandom(2), (...bin) => {
    if (at === bins.length) return;
    bins.set(bin, at);
    at += 7;
  });
  return bins.subarray(0, at);
}

function month(days: number): void {
  const analysis = new TrafficAnalysis(() => undefined);
  const record = emptySums();
  record.protocol = 6;
  record.port = 443;
  let records = 0;
  const took = time(() => {
    for (let day = 0; day < days; day++) {
      const random = seededRandom(day);
      // Addresses spread over the Internet; the first six of each device are the same each day.
      const spread = (number: number) => Math.imul(number, 0x9e3779b1) >>> 1;
      playDay(homePairs(random), START + day * 24 * HOUR, random, (tick, device, remote, ...sums) => {
        record.tick = tick;
        record.device = FIRST_MAC + device;
        record.remote[2] = 0xffff;
        record.remote[3] = spread(remote);
        [record.upBytes, record.downBytes, record.upPackets, record.downPackets] = sums;
        analysis.add(record);
        records++;
      });
    }
  });
  const notices = analysis.notices();
  console.log(
    `${days} days of a home of 40 devices: ${records} records, ${(took / 1000).toFixed(0)} s with the model's own`,
  );
  console.log(`false notices: ${notices.length} ${JSON.stringify(notices)}`);
  console.log(`state: ${analysis.snapshot().length} characters`);
}

/** Milliseconds. */
function time(run: () => unknown): number {
  const began = performance.now();
  run();
  return performance.now() - began;
}

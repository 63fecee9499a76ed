/**
 * How long the traffic service takes for what pages ask, over a day in memory: `bun test/bench/ranges.ts`. The promise is under 100 ms
 * for 24 hours of 50 busy pairs. Also how long the minute's writing keeps the thread, and what the disk takes for it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { macFromNumber } from "../../runtime/src/addr/mac.ts";
import { createLog } from "../../runtime/src/service/log.ts";
import { TrafficAccounts } from "../../runtime/src/service/traffic/accounts.ts";
import { Keeping } from "../../runtime/src/service/traffic/keeping.ts";
import { NameBook } from "../../runtime/src/service/traffic/name-book.ts";
import { TrafficRanges } from "../../runtime/src/service/traffic/ranges.ts";
import { RollupStore } from "../../runtime/src/service/traffic/rollups/rollup-store.ts";
import { emptySums } from "../../runtime/src/traffic/feed/records.ts";
import { HOUR, MINUTE, TICK_MS } from "../../runtime/src/traffic/history/ticks.ts";
import { busyPairs, homePairs, playDay, seededRandom } from "./home-traffic.ts";

const START = Date.UTC(2026, 0, 1) / TICK_MS;
const DAY = 24 * HOUR;
const MEGABYTES = 256;
const ROUNDS = 7;
const SERVICES = [443, 443, 443, 80, 853, 22, 3478, 5223];

measure("50 busy pairs", busyPairs);
measure("a home of 40 devices", () => homePairs(seededRandom(1)));

function measure(title: string, pairs: () => ReturnType<typeof homePairs>): void {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-ranges-"));
  const limits = { keepSecondsDays: 7, keepMinutesDays: 365 };
  const store = RollupStore.open(folder, limits, createLog("bench"));
  const [accounts, book] = [new TrafficAccounts(MEGABYTES), new NameBook()];
  const keeping = new Keeping(accounts, store);
  const keeps = record(accounts, book, keeping, pairs);
  console.log(`\n${title}`);
  console.log(
    `  a minute's writing: median ${median(keeps).toFixed(0)} ms, longest ${Math.max(...keeps).toFixed(0)} ms; ` +
      `${(store.bytes / 2 ** 20).toFixed(0)} MB on the disk after a day`,
  );
  const ranges = new TrafficRanges(accounts, store, book);
  const [from, to] = [START * TICK_MS, (START + DAY) * TICK_MS];
  const hour = { from: to - HOUR * TICK_MS, to };
  const device = macFromNumber(accounts.devices.mac(1));
  const [largest] = ranges.totals({ from, to, by: "remote", top: 1 });
  const { remote, domain } = largest!.key as { remote: string; domain: string };
  const service = { protocol: 6, port: 443 };
  const asked: [string, () => unknown][] = [
    ["series, 24 h by minute", () => ranges.series({ from, to, step: 60_000 })],
    [
      "series, 24 h by minute, 8 devices",
      () => ranges.series({ from, to, step: 60_000, by: "device", top: 8 }),
    ],
    [
      "series, 24 h by minute, 8 domains",
      () => ranges.series({ from, to, step: 60_000, by: "domain", top: 8 }),
    ],
    [
      "series, 24 h by minute, 8 services",
      () => ranges.series({ from, to, step: 60_000, by: "service", top: 8 }),
    ],
    ["totals, 24 h by remote", () => ranges.totals({ from, to, by: "remote", top: 50 })],
    ["totals, 24 h by domain", () => ranges.totals({ from, to, by: "domain", top: 50 })],
    ["totals, 24 h by remote, one device", () => ranges.totals({ from, to, by: "remote", device, top: 50 })],
    ["statistics, 24 h", () => ranges.statistics({ from, to })],
    ["statistics, 1 h", () => ranges.statistics(hour)],
    ["series, 1 h by second, 8 domains", () => ranges.series({ ...hour, step: 1000, by: "domain", top: 8 })],
    ["series, 24 h by minute, of one address", () => ranges.series({ from, to, step: 60_000, remote })],
    ["series, 24 h by minute, of one domain", () => ranges.series({ from, to, step: 60_000, domain })],
    [
      "series, 24 h by minute, of one domain, 8 devices",
      () => ranges.series({ from, to, step: 60_000, domain, by: "device", top: 8 }),
    ],
    [
      "series, 24 h by minute, of one service, 8 devices",
      () => ranges.series({ from, to, step: 60_000, service, by: "device", top: 8 }),
    ],
    ["totals, 24 h by device, of one address", () => ranges.totals({ from, to, remote, by: "device" })],
    ["totals, 24 h by device, of one domain", () => ranges.totals({ from, to, domain, by: "device" })],
    ["totals, 24 h by remote, of one domain", () => ranges.totals({ from, to, domain, by: "remote" })],
    ["totals, 24 h by device, of one service", () => ranges.totals({ from, to, service, by: "device" })],
    ["statistics, 24 h, of one address", () => ranges.statistics({ from, to, remote })],
    ["statistics, 24 h, of one domain", () => ranges.statistics({ from, to, domain })],
    ["statistics, 24 h, of one service", () => ranges.statistics({ from, to, service })],
  ];
  for (const [what, ask] of asked) {
    const times = Array.from({ length: ROUNDS }, () => time(ask));
    console.log(`  ${what}: ${median(times).toFixed(0)} ms`);
  }
  store.close();
  rmSync(folder, { recursive: true });
}

/** Plays a day; how long each minute's writing took, ms. */
function record(
  accounts: TrafficAccounts,
  book: NameBook,
  keeping: Keeping,
  pairs: () => ReturnType<typeof homePairs>,
): number[] {
  const sums = { ...emptySums(), remote: Uint32Array.of(0, 0, 0xffff, 0), protocol: 6 };
  const named = new Set<number>();
  const keeps: number[] = [];
  let now = START;
  const end = (tick: number) => {
    for (; now < tick; now++) {
      keeping.noteTick(accounts.advance(now), now - START + 1);
      if (now % MINUTE === 0) keeps.push(time(() => keeping.keep()));
    }
  };
  playDay(pairs(), START, seededRandom(2), (tick, device, remote, up, down, upPackets, downPackets) => {
    end(tick);
    sums.remote[3] = remote;
    const port = SERVICES[remote % SERVICES.length]!;
    Object.assign(sums, {
      tick,
      device: device + 1,
      port,
      upBytes: up,
      downBytes: down,
      upPackets,
      downPackets,
    });
    accounts.add(sums);
    if (named.has(remote)) return;
    named.add(remote);
    const name = `host${remote % 7}.site${remote % 900}.example`;
    book.serverName(device + 1, sums.remote, { name, transport: "tls", maybeOuter: false, at: 1 });
  });
  end(START + DAY);
  keeping.keep();
  return keeps;
}

function time(action: () => unknown): number {
  const begin = performance.now();
  action();
  return performance.now() - begin;
}

function median(times: number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1]!;
}

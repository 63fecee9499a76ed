import { TrafficHistory } from "../../runtime/src/traffic/history/history.ts";
import { HOUR, TICK_MS } from "../../runtime/src/traffic/history/ticks.ts";
import { type homePairs, playDay, seededRandom } from "./home-traffic.ts";

/** The first tick of the day that is played, and how many it has. */
export const START = Date.UTC(2026, 0, 1) / TICK_MS;
export const DAY = 24 * HOUR;

/** A history with a day in it, and what it took. */
export interface RecordedDay {
  history: TrafficHistory;
  /** Sums of a pair and tick, and pairs with any in an hour, all hours together. */
  bins: number;
  activePairs: number;
  /** Of each bin, the bench's own part included. */
  nanoseconds: number;
  /** The slowest tick's end. */
  slowestMs: number;
  /** Bytes that the process has more than before, without garbage. */
  resident: number;
}

/** Records a day of what `pairs` says, into a history of `budget` bytes. */
export function recordDay(pairs: () => ReturnType<typeof homePairs>, budget: number): RecordedDay {
  const before = residentBytes();
  const history = new TrafficHistory(budget);
  const remote = new Uint32Array([0, 0, 0xffff, 0]);
  const active = new Set<number>();
  let [bins, now, slowestMs] = [0, 0, 0];
  const generated = time(() => playDay(pairs(), START, seededRandom(2), () => bins++));
  const recorded = time(() =>
    playDay(pairs(), START, seededRandom(2), (tick, device, number, ...sums) => {
      if (tick !== now)
        slowestMs = Math.max(
          slowestMs,
          time(() => history.advance(tick)),
        );
      now = tick;
      remote[3] = number;
      history.add(tick, device, remote, ...sums);
      active.add(number * 24 + Math.floor((tick - START) / HOUR));
    }),
  );
  history.advance(START + DAY - 1);
  const activePairs = active.size;
  active.clear();
  const resident = residentBytes() - before;
  return {
    history,
    bins,
    activePairs,
    nanoseconds: ((recorded - generated) * 1e6) / bins,
    slowestMs,
    resident,
  };
}

/** Of the process, without garbage. */
function residentBytes(): number {
  Bun.gc(true);
  return process.memoryUsage.rss();
}

/** Milliseconds. */
export function time(run: () => unknown): number {
  const began = performance.now();
  run();
  return performance.now() - began;
}

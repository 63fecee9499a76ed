import { BinStore } from "./bin-store.ts";
import { CHUNK_BYTES } from "./chunk-pool.ts";
import { type GroupedSeries, type GroupOf, groupedSeries } from "./grouped-series.ts";
import { NO_PAIR, PAIR_BYTES, type Remote } from "./pair-table.ts";
import { emptySeries, pairsIn, type Range, type Series } from "./query.ts";
import { Retention } from "./retention.ts";
import { type Rollup, rollupsOf } from "./rollups.ts";
import { Summation } from "./summation.ts";
import { HOUR, MINUTE, MINUTE_LEVEL, SECOND_LEVEL, TENS_LEVEL } from "./ticks.ts";
import { Timeline } from "./timeline.ts";
import {
  type Grouping,
  type PairSums,
  type PairTotal,
  pairTotalsOf,
  type Total,
  totalsOf,
} from "./totals.ts";

export const DEFAULT_BUDGET = 256 * 1024 * 1024;
/** As many as are counted (`device-counters.ts`). */
export const DEFAULT_DEVICES = 1024;
/** Stands for the remotes of a device for which the table had no more room: the unspecified address. */
export const OTHERS: Remote = new Uint32Array(4);

/** A device may have one of so many rows of the table, so that one that scans the Internet leaves room for the others. */
const SHARE_OF_PAIRS = 4;

export interface HistoryStats {
  /** Bytes the history may take, and takes for pairs and chunks in use. */
  budget: number;
  bytesUsed: number;
  pairs: number;
  /** Bytes a pair that had traffic in the last full hour took for it at 100 ms; 0 before the first such hour. */
  bytesPerPairAndHour: number;
  /** Ticks of the clock from which on everything is there in 100 ms, in 1 s, in 10 s and at all; 0 before the first. */
  oldest100ms: number;
  oldestSecond: number;
  oldestTenSeconds: number;
  oldest: number;
  /** Packets of new remotes that were counted as OTHERS. */
  packetsOfOthers: number;
  /** Bytes of traffic that fitted nowhere; more than 0 is a fault of the program. */
  lostBytes: number;
}

/**
 * The traffic of the last 24 hours per device and remote: exact sums of bytes and packets up and down, at 100 ms while there is room,
 * older ones at 1 s, 10 s and 1 min (`retention.ts`). A coarse bin counts where it begins, so sums are exact for ranges whose borders
 * are multiples of what the bins of that time last: whole minutes always are.
 */
export class TrafficHistory {
  #budget: number;
  readonly #devices: number;
  #store: BinStore;
  readonly #retention: Retention;
  readonly #timeline = new Timeline();
  #minute = 0;
  #packetsOfOthers = 0;
  readonly #hour = { number: 0, chunks: 0, pairs: 0, bytesPerPair: 0 };

  /** Takes about `budget` bytes once they are filled. Throws RangeError when they are too few for `devices`. */
  constructor(budget = DEFAULT_BUDGET, devices = DEFAULT_DEVICES) {
    this.#budget = budget;
    this.#devices = devices;
    this.#store = new BinStore(budget, devices);
    this.#retention = new Retention(this.#store);
  }

  /**
   * Takes about `budget` bytes from now on. Where they hold less, the oldest detail is given up first, and all before the time since when there
   * were more remotes than they have room for. Throws RangeError when they are too few, and leaves everything as it was.
   */
  resize(budget: number): void {
    const store = new BinStore(budget, this.#devices);
    this.#retention.moveTo(store, this.#roomIn(store), this.#timeline.now);
    this.#store = store;
    this.#budget = budget;
  }

  /**
   * Adds to what `device` (below the number of devices) exchanged with `remote` in the 100 ms that began at `tick`. Sums are integers
   * of 0 and more. `remote` is read, not kept. About the clock's steps see `timeline.ts`: what comes up to a second late counts for the
   * latest tick. Throws RangeError for a device that is none.
   */
  add(
    tick: number,
    device: number,
    remote: Remote,
    upBytes: number,
    downBytes: number,
    upPackets: number,
    downPackets: number,
  ): void {
    const now = this.advance(tick);
    if (this.#retention.isUrgent) this.#retention.makeRoom(now);
    const { pairs } = this.#store;
    let pair = pairs.find(device, remote);
    if (pair === NO_PAIR) pair = this.#newPair(device, remote);
    if (this.#isOthers(pair)) this.#packetsOfOthers += upPackets + downPackets;
    if (pairs.openTick[pair] !== now) this.#open(pair, now);
    const sums = pairs.openSums;
    const at = pair * 4;
    sums[at] = sums[at]! + upBytes;
    sums[at + 1] = sums[at + 1]! + downBytes;
    sums[at + 2] = sums[at + 2]! + upPackets;
    sums[at + 3] = sums[at + 3]! + downPackets;
  }

  /**
   * Tells the time when there is no traffic, so that bins finish and expire. Not called for an hour, the pause counts as a step of
   * the clock. Returns the recorded tick.
   */
  advance(tick: number): number {
    const before = this.#timeline.now;
    const now = this.#timeline.advance(tick);
    if (now === before) return now;
    this.#retention.makeRoom(now);
    const minute = Math.floor(now / MINUTE);
    if (minute !== this.#minute) this.#retention.expire(now, this.#timeline.start);
    this.#minute = minute;
    if (Math.floor(now / HOUR) + 1 !== this.#hour.number) this.#endHour(now);
    return now;
  }

  /** Ends what is known of `device`, or of all, and overwrites what memory still has of it. */
  forget(device?: number): void {
    const { pairs, pool } = this.#store;
    for (let pair = 1; pair < pairs.end; pair++) {
      if (pairs.isUsed(pair) && (device === undefined || pairs.devices[pair] === device))
        this.#store.drop(pair);
    }
    pool.erase();
  }

  /** The sums of each step in a range. Throws RangeError for a range that is none or has too many steps. */
  series(query: Range & { step: number }): Series {
    return this.seriesOf(query, 1, () => 0)[0]!;
  }

  /** The same for each of `count` groups, in one pass over the pairs. */
  seriesOf(query: Range & { step: number }, count: number, groupOf: GroupOf): Series[] {
    if (count === 0) return [];
    const all = Array.from({ length: count }, () => emptySeries(query.from, query.to, query.step));
    const { pairs } = this.#store;
    const remote = new Uint32Array(4);
    const summations = this.#summations(query, all[0]!);
    for (const pair of pairsIn(this.#store, query)) {
      pairs.readRemote(pair, remote);
      const series = all[groupOf(pairs.devices[pair]!, remote)];
      if (series !== undefined) for (const summation of summations) summation.add(pair, series);
    }
    return all;
  }

  /** The series of the largest groups of a range, and of what the others have. */
  seriesBy(query: Range & { step: number; by: "device" | "remote"; top: number }): GroupedSeries {
    return groupedSeries(this, query);
  }

  /** The sums of each device, remote or pair that had traffic in a range, most bytes first. */
  totals(query: Range & { by: Grouping; top?: number }): Total[] {
    return totalsOf(this.#store, query, query.by, query.top ?? Infinity, this.#sumsIn(query));
  }

  /** Those of each pair in no order, many times faster: all share one object and its remote, so what is kept of them is to be copied. */
  pairTotals(query: Range): Generator<PairTotal, void> {
    return pairTotalsOf(this.#store, query, this.#sumsIn(query));
  }

  /**
   * The sums per pair and `step` (ticks; a divisor of a minute) of what finished since the recorded tick `since`: 0 at first, then what
   * `finished` said before the rows were read. Recorded time makes that right when the clock is set, too. Rows share one object, and
   * `add` and `advance` must wait until the last was read.
   */
  rollups(step: number, since: number): Generator<Rollup, void> {
    if (MINUTE % step !== 0) throw new RangeError(`a step of ${step} ticks does not divide a minute`);
    const start = Math.max(since, this.#retention.since(MINUTE_LEVEL));
    const detail = this.#retention.since(SECOND_LEVEL);
    const clockOf = (tick: number) => this.#timeline.clockOf(tick);
    return rollupsOf(this.#store, step, start, this.finished(step), detail, clockOf);
  }

  /** The recorded tick before which all bins of `step` ticks are finished. */
  finished(step: number): number {
    return this.#timeline.now - (this.#timeline.now % step);
  }

  stats(): HistoryStats {
    const { pairs, pool, lostBytes } = this.#store;
    const oldest = (level: number) =>
      this.#timeline.now === 0
        ? 0
        : this.#timeline.clockOf(Math.max(this.#timeline.start, this.#retention.since(level)));
    return {
      budget: this.#budget,
      bytesUsed: (pool.capacity - pool.free) * CHUNK_BYTES + pairs.capacity * PAIR_BYTES,
      pairs: pairs.size,
      bytesPerPairAndHour: this.#hour.bytesPerPair,
      oldest100ms: oldest(0),
      oldestSecond: oldest(SECOND_LEVEL),
      oldestTenSeconds: oldest(TENS_LEVEL),
      oldest: oldest(MINUTE_LEVEL),
      packetsOfOthers: this.#packetsOfOthers,
      lostBytes,
    };
  }

  /** What tells the sums of a pair over a range; they share one array. */
  #sumsIn(range: Range): PairSums {
    const { from, to } = range;
    const whole = emptySeries(from, to, Math.max(1, to - from));
    const arrays = [whole.upBytes, whole.downBytes, whole.upPackets, whole.downPackets];
    const summations = this.#summations(range, whole);
    const sums = new Float64Array(4);
    return (pair) => {
      for (const array of arrays) array[0] = 0;
      for (const summation of summations) summation.add(pair, whole);
      for (let i = 0; i < 4; i++) sums[i] = arrays[i]![0]!;
      return sums;
    };
  }

  /** One for each stretch of recorded time in a range. */
  #summations({ from, to, since: earliest = from }: Range, like: Series): Summation[] {
    const since = (level: number) => this.#retention.since(level);
    return this.#timeline.between(from, to).map(({ start, end, offset }) => {
      const first = Math.max(start, earliest - offset, since(MINUTE_LEVEL));
      return new Summation(this.#store, like, first, end, from - offset, since);
    });
  }

  /** A row for a new pair: that of the device's other remotes when there is no room. */
  #newPair(device: number, remote: Remote): number {
    if (!(device >= 0 && device < this.#devices)) throw new RangeError(`there is no device ${device}`);
    const { pairs } = this.#store;
    const shared = this.#roomIn(this.#store);
    const hasRoom = pairs.size < shared && pairs.pairsOf(device) < shared / SHARE_OF_PAIRS;
    if (hasRoom) return pairs.add(device, remote);
    const others = pairs.find(device, OTHERS);
    return others === NO_PAIR ? pairs.add(device, OTHERS) : others;
  }

  /** Rows of the table for remotes: each device's OTHERS has its own. */
  #roomIn({ pairs }: BinStore): number {
    return pairs.capacity - this.#devices;
  }

  #isOthers(pair: number): boolean {
    return this.#store.pairs.isOf(pair, OTHERS);
  }

  /** Starts the pair's bin of now; the one before is written down. */
  #open(pair: number, now: number): void {
    const { pairs } = this.#store;
    if (pairs.openTick[pair] !== 0) this.#store.close(pair);
    pairs.openTick[pair] = now;
    pairs.openSums.fill(0, pair * 4, pair * 4 + 4);
    const hour = this.#hour;
    if (pairs.activeHour[pair] === hour.number) return;
    pairs.activeHour[pair] = hour.number;
    hour.pairs++;
  }

  #endHour(now: number): void {
    const hour = this.#hour;
    const { detailChunks } = this.#store;
    if (hour.pairs > 0) hour.bytesPerPair = ((detailChunks - hour.chunks) * CHUNK_BYTES) / hour.pairs;
    // From 1 on: 0 is a row's that had no traffic.
    hour.number = Math.floor(now / HOUR) + 1;
    hour.chunks = detailChunks;
    hour.pairs = 0;
  }
}

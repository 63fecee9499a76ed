import type { BinStore } from "./bin-store.ts";
import { NONE } from "./chunk-pool.ts";
import { NO_PAIR, type Remote } from "./pair-table.ts";
import { LEVEL_TICKS, LEVELS } from "./ticks.ts";

/** Bins of a series at most: 24 h at 100 ms. */
export const MAX_BINS = 864_000;

/** Ticks of the clock, `to` excluded, and what of the traffic is meant; without `device` or `remote`, all. */
export interface Range {
  from: number;
  to: number;
  device?: number;
  remote?: Remote;
}

/** Sums per bin of `step` ticks, the first from `from` on; the last may reach past the range. */
export interface Series {
  from: number;
  step: number;
  upBytes: Float64Array;
  downBytes: Float64Array;
  upPackets: Float64Array;
  downPackets: Float64Array;
}

/** An empty series for a range. Throws RangeError for what is no range or has more than MAX_BINS steps. */
export function emptySeries(from: number, to: number, step: number): Series {
  const bins = Math.ceil((to - from) / step);
  const isRange = [from, to, step].every(Number.isSafeInteger) && from < to && step >= 1 && bins <= MAX_BINS;
  if (!isRange) throw new RangeError(`no series from tick ${from} to ${to} in steps of ${step}`);
  const [upBytes, downBytes] = [new Float64Array(bins), new Float64Array(bins)];
  const [upPackets, downPackets] = [new Float64Array(bins), new Float64Array(bins)];
  return { from, step, upBytes, downBytes, upPackets, downPackets };
}

/** Calls `visit` for each pair that a range means. */
export function forEachPair(store: BinStore, range: Range, visit: (pair: number) => void): void {
  const { device, remote } = range;
  const { pairs } = store;
  if (device !== undefined && remote !== undefined) {
    const pair = pairs.find(device, remote);
    if (pair !== NO_PAIR) visit(pair);
    return;
  }
  for (let pair = 1; pair < pairs.end; pair++) {
    if (!pairs.isUsed(pair)) continue;
    if (device !== undefined && pairs.devices[pair] !== device) continue;
    if (remote !== undefined && !pairs.isOf(pair, remote)) continue;
    visit(pair);
  }
}

/** Adds up bins of pairs: those that begin at a recorded tick from `start` on and before `end`. */
export class Summation {
  readonly #store: BinStore;
  readonly #series: Series;
  readonly #start: number;
  readonly #end: number;
  /** The recorded tick at which the series begins. */
  readonly #origin: number;
  /** The step that was looked up last, and where it begins and ends. */
  #step = 0;
  #stepStart = 0;
  #stepEnd = 0;

  constructor(store: BinStore, series: Series, start: number, end: number, origin: number) {
    this.#store = store;
    this.#series = series;
    this.#start = start;
    this.#end = end;
    this.#origin = origin;
  }

  /** Adds what a pair had in the stretch to the series. */
  add(pair: number): void {
    const { pairs, pool } = this.#store;
    this.#addOpen(pair);
    for (let level = 0; level < LEVELS; level++) {
      let chunk = pairs.tail(pair, level);
      while (chunk !== NONE) {
        const last = pool.last(chunk);
        if (last < this.#start) break;
        if (pool.first(chunk) < this.#end) this.#addChunk(chunk, level, last);
        chunk = pool.previous(chunk);
      }
    }
  }

  #addOpen(pair: number): void {
    const { openSums, openTick } = this.#store.pairs;
    const tick = openTick[pair]!;
    if (tick === 0 || tick < this.#start || tick >= this.#end) return;
    this.#find(tick);
    const at = pair * 4;
    this.#put(openSums[at]!, openSums[at + 1]!, openSums[at + 2]!, openSums[at + 3]!);
  }

  /** A chunk that is within one step adds its sums; only of others are the bins read. */
  #addChunk(chunk: number, level: number, last: number): void {
    const { pool } = this.#store;
    const first = pool.first(chunk);
    if (first >= this.#start && last < this.#end) {
      this.#find(last);
      if (first >= this.#stepStart) {
        this.#put(pool.sum(chunk, 0), pool.sum(chunk, 1), pool.sum(chunk, 2), pool.sum(chunk, 3));
        return;
      }
    }
    this.#addBins(chunk, LEVEL_TICKS[level]!);
  }

  #addBins(chunk: number, ticks: number): void {
    const { reader } = this.#store;
    reader.open(chunk, ticks);
    while (reader.next()) {
      const { tick } = reader;
      if (tick < this.#start) continue;
      if (tick >= this.#end) return;
      if (tick >= this.#stepEnd || tick < this.#stepStart) this.#find(tick);
      this.#put(reader.upBytes, reader.downBytes, reader.upPackets, reader.downPackets);
    }
  }

  #find(tick: number): void {
    if (tick < this.#stepEnd && tick >= this.#stepStart) return;
    const { step } = this.#series;
    this.#step = Math.floor((tick - this.#origin) / step);
    this.#stepStart = this.#origin + this.#step * step;
    this.#stepEnd = this.#stepStart + step;
  }

  #put(upBytes: number, downBytes: number, upPackets: number, downPackets: number): void {
    const series = this.#series;
    const at = this.#step;
    series.upBytes[at] = series.upBytes[at]! + upBytes;
    series.downBytes[at] = series.downBytes[at]! + downBytes;
    series.upPackets[at] = series.upPackets[at]! + upPackets;
    series.downPackets[at] = series.downPackets[at]! + downPackets;
  }
}

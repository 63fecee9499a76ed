import type { BinStore } from "./bin-store.ts";
import { NONE } from "./chunk-pool.ts";
import { NO_PAIR, type Remote } from "./pair-table.ts";
import { LEVEL_TICKS, MINUTE, MINUTE_LEVEL, SECOND_LEVEL } from "./ticks.ts";

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

/**
 * Adds up bins of pairs: those that begin at a recorded tick from `start` on and before `end`. Where each minute is within a step, the
 * whole minutes of the stretch are taken; and where the detail was given up, those that begin in it. The rest is taken from the detail.
 */
export class Summation {
  readonly #store: BinStore;
  readonly #series: Series;
  readonly #start: number;
  readonly #end: number;
  readonly #minutesStart: number;
  readonly #minutesEnd: number;
  /** The recorded tick at which the series begins. */
  readonly #origin: number;
  /** The part of the stretch that is being added. */
  #from = 0;
  #to = 0;
  /** The step that was looked up last, and where it begins and ends. */
  #step = 0;
  #stepStart = 0;
  #stepEnd = 0;

  /** `detail`: the first tick of which seconds or finer are there; the first of a minute. */
  constructor(store: BinStore, series: Series, start: number, end: number, origin: number, detail: number) {
    this.#store = store;
    this.#series = series;
    this.#start = start;
    this.#end = end;
    this.#origin = origin;
    const { step, upBytes } = series;
    const isWithinStep = upBytes.length === 1 || (step % MINUTE === 0 && origin % MINUTE === 0);
    const lastWhole = isWithinStep ? end - (end % MINUTE) : start;
    this.#minutesStart = detail > start ? start : Math.ceil(start / MINUTE) * MINUTE;
    this.#minutesEnd = Math.max(this.#minutesStart, Math.min(detail, end), lastWhole);
    // Within one minute there is no whole one.
    if (this.#minutesStart >= this.#minutesEnd) this.#minutesStart = this.#minutesEnd = start;
  }

  /** Adds what a pair had in the stretch to the series. */
  add(pair: number): void {
    const { openSums, openTick, minuteSums, minuteTick } = this.#store.pairs;
    if (openTick[pair]! < this.#start) return;
    this.#take(this.#start, this.#end);
    this.#addGrowing(pair, openTick, openSums);
    this.#addLevel(pair, 0, this.#start, this.#minutesStart);
    this.#addLevel(pair, SECOND_LEVEL, this.#start, this.#minutesStart);
    this.#addLevel(pair, 0, this.#minutesEnd, this.#end);
    this.#addLevel(pair, SECOND_LEVEL, this.#minutesEnd, this.#end);
    this.#addLevel(pair, MINUTE_LEVEL, this.#minutesStart, this.#minutesEnd);
    this.#take(this.#minutesStart, this.#minutesEnd);
    this.#addGrowing(pair, minuteTick, minuteSums);
  }

  #take(from: number, to: number): void {
    this.#from = from;
    this.#to = to;
  }

  #addGrowing(pair: number, ticks: Uint32Array, sums: Float64Array): void {
    const tick = ticks[pair]!;
    if (tick === 0 || tick < this.#from || tick >= this.#to) return;
    this.#find(tick);
    const at = pair * 4;
    this.#put(sums[at]!, sums[at + 1]!, sums[at + 2]!, sums[at + 3]!);
  }

  #addLevel(pair: number, level: number, from: number, to: number): void {
    if (from >= to) return;
    const { pairs, pool } = this.#store;
    this.#take(from, to);
    const [head, tail] = [pairs.head(pair, level), pairs.tail(pair, level)];
    if (head === NONE) return;
    // From the nearer end of the list.
    if (to - pool.first(head) < pool.last(tail) - from) {
      for (let chunk = head; chunk !== NONE && pool.first(chunk) < to; chunk = pool.next(chunk)) {
        if (pool.last(chunk) >= from) this.#addChunk(chunk, level);
      }
    } else {
      for (let chunk = tail; chunk !== NONE && pool.last(chunk) >= from; chunk = pool.previous(chunk)) {
        if (pool.first(chunk) < to) this.#addChunk(chunk, level);
      }
    }
  }

  /** A chunk that is within one step adds its sums; only of others are the bins read. */
  #addChunk(chunk: number, level: number): void {
    const { pool } = this.#store;
    const [first, last] = [pool.first(chunk), pool.last(chunk)];
    if (first >= this.#from && last < this.#to) {
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
      if (tick < this.#from) continue;
      if (tick >= this.#to) return;
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

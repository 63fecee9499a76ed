import type { BinStore } from "./bin-store.ts";
import { NONE } from "./chunk-pool.ts";
import { type Part, partsOf } from "./parts.ts";
import type { Series } from "./query.ts";
import { LEVEL_TICKS, MINUTE_LEVEL, TENS_LEVEL } from "./ticks.ts";

/** Adds up bins of pairs: those that begin at a recorded tick from `start` on and before `end`. */
export class Summation {
  readonly #store: BinStore;
  readonly #start: number;
  readonly #end: number;
  readonly #parts: readonly Part[];
  /** The recorded tick at which the series begin, and their steps. */
  readonly #origin: number;
  readonly #stepTicks: number;
  #series: Series;
  /** The part of the stretch that is being added. */
  #from = 0;
  #to = 0;
  /** The step that was looked up last, and where it begins and ends. */
  #step = 0;
  #stepStart = 0;
  #stepEnd = 0;

  /** `like`: a series such as those that will be added to. `since`: the first tick from which on a level is there. */
  constructor(
    store: BinStore,
    like: Series,
    start: number,
    end: number,
    origin: number,
    since: (level: number) => number,
  ) {
    this.#store = store;
    this.#series = like;
    this.#start = start;
    this.#end = end;
    this.#origin = origin;
    this.#stepTicks = like.step;
    const step = like.upBytes.length === 1 ? Number.POSITIVE_INFINITY : like.step;
    this.#parts = partsOf({ start, end, origin, step }, since);
  }

  /** Adds what a pair had in the stretch to a series. */
  add(pair: number, series: Series): void {
    const { openSums, openTick } = this.#store.pairs;
    if (openTick[pair]! < this.#start) return;
    this.#series = series;
    this.#take(this.#start, this.#end);
    this.#addGrowing(pair, openTick, openSums);
    for (const { levels, from, to } of this.#parts) {
      this.#take(from, to);
      for (const level of levels) this.#addLevel(pair, level);
    }
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

  #addLevel(pair: number, level: number): void {
    const { pairs, pool } = this.#store;
    const [from, to] = [this.#from, this.#to];
    if (level >= TENS_LEVEL) this.#addGrowing(pair, pairs.tensTick, pairs.tensSums);
    if (level === MINUTE_LEVEL) this.#addGrowing(pair, pairs.minuteTick, pairs.minuteSums);
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
    const step = this.#stepTicks;
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

import type { BinStore } from "./bin-store.ts";
import { NONE } from "./chunk-pool.ts";
import { Coarsening } from "./coarsening.ts";
import { HOUR, LEVELS, MINUTE, MINUTE_LEVEL, RETENTION, SECOND_LEVEL, TENS_LEVEL } from "./ticks.ts";

/**
 * What is given up for room, first to last: the first rule that finds a chunk of its level older than `keep` ticks is followed, for the
 * oldest minute there is. 100 ms become seconds, of those tens of seconds stay, then minutes, then nothing. The last hour keeps its detail
 * as long as giving up anything older makes room; the rules without `keep` are for budgets that cannot hold a minute.
 */
const RULES = [
  { level: 0, keep: HOUR },
  { level: SECOND_LEVEL, keep: HOUR },
  { level: TENS_LEVEL, keep: HOUR },
  { level: 0, keep: MINUTE },
  { level: SECOND_LEVEL, keep: MINUTE },
  { level: TENS_LEVEL, keep: MINUTE },
  { level: MINUTE_LEVEL, keep: MINUTE },
  { level: 0, keep: 0 },
  { level: SECOND_LEVEL, keep: 0 },
  { level: TENS_LEVEL, keep: 0 },
  { level: MINUTE_LEVEL, keep: 0 },
] as const;

/** One chunk of so many is kept free, for what a tick brings and for coarsening to work with. */
const RESERVE = 32;
/** Half of it is there for each bin that is added, which may begin a chunk of every level. */
const LEAST_RESERVE = 2 * LEVELS;

/** Keeps the bins within their budget and their 24 hours. Ticks are recorded ones. */
export class Retention {
  #store: BinStore;
  #coarsening: Coarsening;
  #reserve: number;
  /** Since when bins are kept at all, and at least as fine as the level. */
  readonly #since = new Array<number>(LEVELS).fill(0);

  constructor(store: BinStore) {
    this.#store = store;
    this.#coarsening = new Coarsening(store);
    this.#reserve = reserveOf(store);
  }

  /** Whether so little room is left that it cannot wait for the next tick. */
  get isUrgent(): boolean {
    return this.#store.pool.free * 2 < this.#reserve;
  }

  /** The first tick from which on every bin is there, at `level` or finer. */
  since(level: number): number {
    return Math.max(...this.#since.slice(level));
  }

  /** Makes room when there is little. */
  makeRoom(now: number): void {
    this.#free(now, this.#reserve);
  }

  /** Moves all to an empty store with room for `pairs`, and goes on with that; what is oldest and does not fit there is given up. */
  moveTo(store: BinStore, pairs: number, now: number): void {
    this.#keepLatest(pairs, now);
    const { pool } = this.#store;
    this.#free(now, pool.capacity - store.pool.capacity + reserveOf(store));
    store.copy(this.#store);
    this.#store = store;
    this.#coarsening = new Coarsening(store);
    this.#reserve = reserveOf(store);
  }

  /** Gives up the minutes in which pairs past the latest so many had their last traffic, and all before. */
  #keepLatest(count: number, now: number): void {
    const { pairs } = this.#store;
    if (pairs.size <= count) return;
    const ticks = pairs.openTick.filter((_, pair) => pairs.isUsed(pair)).sort();
    const tick = ticks[ticks.length - 1 - count]!;
    // Where that is the minute under way, nothing is left: bins of a minute cannot be kept in part.
    this.#forgetBefore(Math.min(tick - (tick % MINUTE) + MINUTE, now + 1));
  }

  /** Gives up the oldest detail until so many chunks are free. */
  #free(now: number, chunks: number): void {
    const minute = now - (now % MINUTE);
    const { pool } = this.#store;
    while (pool.free < chunks) {
      const limit = (keep: number) => (keep === 0 ? minute + MINUTE : minute - keep);
      if (!RULES.some(({ level, keep }) => this.#giveUpOldest(level, limit(keep)))) return;
    }
  }

  /** Forgets what is before `tick` or more than 24 hours before `now`, and pairs that have nothing left. */
  expire(now: number, tick: number): void {
    const oldest = now - RETENTION;
    this.#forgetBefore(Math.max(tick, oldest - (oldest % MINUTE)));
  }

  #forgetBefore(tick: number): void {
    if (tick <= this.#since[MINUTE_LEVEL]!) return;
    this.#drop(MINUTE_LEVEL, tick);
    this.#since[MINUTE_LEVEL] = tick;
  }

  /** Follows a rule for the oldest minute; false when it finds nothing before `limit`. */
  #giveUpOldest(level: number, limit: number): boolean {
    const oldest = this.#store.oldestEnd(level);
    if (oldest >= limit) return false;
    const before = oldest - (oldest % MINUTE) + MINUTE;
    if (level === 0) this.#coarsening.run(before);
    else this.#drop(level, before);
    this.#since[level] = Math.max(this.#since[level]!, before);
    return true;
  }

  /** Drops what ends before `before` at `level` and, if those are the minutes, at all; whole chunks only. */
  #drop(level: number, before: number): void {
    const { pairs } = this.#store;
    for (let pair = 1; pair < pairs.end; pair++) {
      if (!pairs.isUsed(pair)) continue;
      const finest = level === MINUTE_LEVEL ? 0 : level;
      for (let each = finest; each <= level; each++) this.#dropChunks(pair, each, before);
      if (level === MINUTE_LEVEL && this.#isEmpty(pair, before)) pairs.remove(pair);
    }
  }

  #dropChunks(pair: number, level: number, before: number): void {
    const { pairs, pool } = this.#store;
    let head = pairs.head(pair, level);
    while (head !== NONE && pool.last(head) < before) {
      this.#store.dropHead(pair, level);
      head = pairs.head(pair, level);
    }
  }

  #isEmpty(pair: number, before: number): boolean {
    const { pairs } = this.#store;
    if (pairs.openTick[pair]! >= before || pairs.minuteTick[pair]! >= before) return false;
    for (let level = 0; level < LEVELS; level++) if (pairs.head(pair, level) !== NONE) return false;
    return true;
  }
}

/** Chunks that are kept free. */
function reserveOf({ pool }: BinStore): number {
  return Math.max(LEAST_RESERVE, Math.ceil(pool.capacity / RESERVE));
}

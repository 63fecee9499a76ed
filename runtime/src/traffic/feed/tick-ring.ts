import { SUMS_RECORD, SUMS_WORDS } from "./layout.ts";
import { type Feed, NEXT_TICK_WORD, OLDEST_TICK_WORD, TICK_ENTRY, TICKS, tickEntryAt } from "./memory.ts";
import type { SumsTable } from "./sums-table.ts";

const FIRST_SUMS = 8;
const SUMS_COUNT = 12;
const FRAMES = 16;
const DROPPED = 20;

/** Writes ticks with their sums; the ring's only writer. */
export class TickRingWriter {
  readonly #feed: Feed;
  #oldest: number;
  #next: number;
  /** Index of the sums to come, and how many before it belong to ticks that are there. */
  #sumsAt = 0;
  #sumsUsed = 0;

  /** Goes on where the writer before ended. Ticks that something else has damaged are given up. */
  constructor(feed: Feed) {
    this.#feed = feed;
    this.#oldest = Atomics.load(feed.words, OLDEST_TICK_WORD);
    this.#next = Atomics.load(feed.words, NEXT_TICK_WORD);
    if (!this.#takeOver()) this.clear();
  }

  /** Tells of a tick: all of it is there for readers, or nothing. */
  append(tick: number, frames: number, dropped: number, sums: SumsTable): void {
    const { words, view } = this.#feed;
    const at = tickEntryAt(this.#next);
    this.#makeRoom(sums.size);
    view.setFloat64(at, tick, true);
    view.setUint32(at + FIRST_SUMS, this.#sumsAt, true);
    view.setUint32(at + SUMS_COUNT, sums.size, true);
    view.setUint32(at + FRAMES, frames, true);
    view.setUint32(at + DROPPED, dropped, true);
    this.#copy(sums);
    this.#next = (this.#next + 1) | 0;
    Atomics.store(words, NEXT_TICK_WORD, this.#next);
  }

  /** Gives up all ticks and overwrites them with zeros. */
  clear(): void {
    const { words, bytes, sumsStart, sumsCapacity } = this.#feed;
    this.#oldest = this.#next;
    Atomics.store(words, OLDEST_TICK_WORD, this.#oldest);
    bytes.fill(0, tickEntryAt(0), tickEntryAt(0) + TICKS * TICK_ENTRY);
    bytes.fill(0, sumsStart, sumsStart + sumsCapacity * SUMS_RECORD);
    this.#sumsAt = 0;
    this.#sumsUsed = 0;
  }

  /** Whether the ticks that are there lie one behind the other. */
  #takeOver(): boolean {
    const { view, sumsCapacity } = this.#feed;
    const ticks = (this.#next - this.#oldest) | 0;
    if (ticks < 0 || ticks > TICKS) return false;
    for (let i = 0; i < ticks; i++) {
      const at = tickEntryAt(this.#oldest + i);
      const first = view.getUint32(at + FIRST_SUMS, true);
      const count = view.getUint32(at + SUMS_COUNT, true);
      if (first >= sumsCapacity || (i > 0 && first !== this.#sumsAt)) return false;
      this.#sumsUsed += count;
      this.#sumsAt = (first + count) % sumsCapacity;
    }
    return this.#sumsUsed <= sumsCapacity;
  }

  /** Gives up the oldest ticks until an entry and so many sums are free. */
  #makeRoom(count: number): void {
    const { words, view, sumsCapacity } = this.#feed;
    const oldest = this.#oldest;
    const isFull = () => this.#sumsUsed + count > sumsCapacity;
    while (((this.#next - this.#oldest) | 0) === TICKS || isFull()) {
      this.#sumsUsed -= view.getUint32(tickEntryAt(this.#oldest) + SUMS_COUNT, true);
      this.#oldest = (this.#oldest + 1) | 0;
    }
    if (this.#oldest !== oldest) Atomics.store(words, OLDEST_TICK_WORD, this.#oldest);
  }

  #copy({ bytes, size }: SumsTable): void {
    const feed = this.#feed;
    const before = Math.min(size, feed.sumsCapacity - this.#sumsAt);
    feed.bytes.set(bytes.subarray(0, before * SUMS_RECORD), feed.sumsStart + this.#sumsAt * SUMS_RECORD);
    feed.bytes.set(bytes.subarray(before * SUMS_RECORD, size * SUMS_RECORD), feed.sumsStart);
    this.#sumsAt = (this.#sumsAt + size) % feed.sumsCapacity;
    this.#sumsUsed += size;
  }
}

/** Reads ticks, never in the writer's way. */
export class TickRingReader {
  /** Ticks that were overwritten before they were read. */
  lost = 0;
  /** Ordinal of the next tick. */
  position: number;
  /** The tick that was read last, and its rows. */
  tick = 0;
  frames = 0;
  dropped = 0;
  count = 0;
  rows = new Uint32Array(64 * SUMS_WORDS);
  readonly #feed: Feed;

  /** Starts at the tick to come, at the oldest, or at ordinal `position`; where that is none of this feed's, at the oldest. */
  constructor(feed: Feed, position?: number | "oldest") {
    this.#feed = feed;
    const next = Atomics.load(feed.words, NEXT_TICK_WORD);
    const isOldest = position === "oldest" || (position !== undefined && ((next - position) | 0) < 0);
    const start = isOldest ? Atomics.load(feed.words, OLDEST_TICK_WORD) : (position ?? next);
    this.position = start >>> 0;
  }

  /** Reads the next tick into the fields; false when there is none yet. */
  next(): boolean {
    const { words } = this.#feed;
    for (;;) {
      this.#pass(Atomics.load(words, OLDEST_TICK_WORD));
      if (this.position === Atomics.load(words, NEXT_TICK_WORD) >>> 0) return false;
      const isWhole = this.#copy();
      // Given up while it was copied, it may be a mixture.
      if (((Atomics.load(words, OLDEST_TICK_WORD) - this.position) | 0) > 0) continue;
      this.position = (this.position + 1) >>> 0;
      if (isWhole) return true;
      this.lost++;
    }
  }

  #pass(oldest: number): void {
    const behind = (oldest - this.position) | 0;
    if (behind <= 0) return;
    this.lost += behind;
    this.position = oldest >>> 0;
  }

  /** False when the entry says what cannot be. */
  #copy(): boolean {
    const { view, sumsCapacity } = this.#feed;
    const at = tickEntryAt(this.position);
    const first = view.getUint32(at + FIRST_SUMS, true);
    const count = view.getUint32(at + SUMS_COUNT, true);
    if (first >= sumsCapacity || count > sumsCapacity) return false;
    this.tick = view.getFloat64(at, true);
    this.frames = view.getUint32(at + FRAMES, true);
    this.dropped = view.getUint32(at + DROPPED, true);
    this.count = count;
    if (this.rows.length < count * SUMS_WORDS) this.rows = new Uint32Array(count * SUMS_WORDS);
    const before = Math.min(count, sumsCapacity - first);
    this.#copyRows(first, before, 0);
    this.#copyRows(0, count - before, before);
    return true;
  }

  #copyRows(first: number, count: number, to: number): void {
    const { bytes, sumsStart } = this.#feed;
    const from = sumsStart + first * SUMS_RECORD;
    const copies = new Uint8Array(this.rows.buffer);
    copies.set(bytes.subarray(from, from + count * SUMS_RECORD), to * SUMS_RECORD);
  }
}

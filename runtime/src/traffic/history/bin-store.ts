import { CHUNK_BYTES, ChunkPool, NONE } from "./chunk-pool.ts";
import { BinReader, BinWriter } from "./encoding.ts";
import { PAIR_BYTES, PairTable } from "./pair-table.ts";
import { LEVEL_TICKS, LEVELS, MINUTE, MINUTE_LEVEL, TEN_SECONDS, TENS_LEVEL } from "./ticks.ts";

/** Bytes of budget for each pair there may be. */
const BYTES_PER_PAIR = 4096;
/** Chunks there are at least for each pair: a begun one per level, and one to work with. */
const CHUNKS_PER_PAIR = 5;

/** The pairs and their bins: lists of chunks, oldest first, per pair and level. Ticks are recorded ones (`timeline.ts`). */
export class BinStore {
  readonly pool: ChunkPool;
  readonly pairs: PairTable;
  readonly reader: BinReader;
  readonly #writer: BinWriter;
  /** Bytes up and down of bins for which there was no chunk. */
  lostBytes = 0;
  /** Chunks taken for bins of 100 ms since the start. */
  detailChunks = 0;

  /** Throws RangeError when `budget` bytes are too few for `devices`. */
  constructor(budget: number, devices: number) {
    const pairs = Math.floor(budget / BYTES_PER_PAIR) + devices;
    const chunks = Math.floor((budget - pairs * PAIR_BYTES) / CHUNK_BYTES) - 1;
    if (!(chunks >= pairs * CHUNKS_PER_PAIR)) {
      throw new RangeError(`a history of ${devices} devices cannot do with ${budget} bytes`);
    }
    this.pairs = new PairTable(pairs, devices);
    this.pool = new ChunkPool(chunks);
    this.reader = new BinReader(this.pool);
    this.#writer = new BinWriter(this.pool);
  }

  /** Takes a copy of all that another has, which must fit. This one must be empty. */
  copy(from: BinStore): void {
    for (let row = 1; row < from.pairs.end; row++) {
      if (!from.pairs.isUsed(row)) continue;
      const pair = this.pairs.copy(from.pairs, row);
      for (let level = 0; level < LEVELS; level++) {
        for (let chunk = from.pairs.head(row, level); chunk !== NONE; chunk = from.pool.next(chunk))
          this.#link(pair, level, this.pool.copy(from.pool, chunk));
      }
    }
    this.lostBytes = from.lostBytes;
    this.detailChunks = from.detailChunks;
  }

  /** Adds a bin that is not before the list's last. */
  append(
    pair: number,
    level: number,
    tick: number,
    upBytes: number,
    downBytes: number,
    upPackets: number,
    downPackets: number,
  ): void {
    const tail = this.pairs.tail(pair, level);
    if (tail !== NONE) {
      const distance = (tick - this.pool.last(tail)) / LEVEL_TICKS[level]!;
      if (this.#writer.append(tail, tick, distance, upBytes, downBytes, upPackets, downPackets)) return;
    }
    const chunk = this.pool.take(tick);
    if (chunk === NONE) {
      this.lostBytes += upBytes + downBytes;
      return;
    }
    if (level === 0) this.detailChunks++;
    this.#link(pair, level, chunk);
    this.#writer.append(chunk, tick, 1, upBytes, downBytes, upPackets, downPackets);
  }

  /** Moves the growing bin, which must be there, behind those of 100 ms, and adds it to the growing ten seconds. */
  close(pair: number): void {
    const { openSums, openTick, tensSums, tensTick } = this.pairs;
    const tick = openTick[pair]!;
    const tens = tick - (tick % TEN_SECONDS);
    if (tensTick[pair] !== tens) {
      if (tensTick[pair] !== 0) this.#closeTens(pair);
      tensSums.fill(0, pair * 4, pair * 4 + 4);
      tensTick[pair] = tens;
    }
    this.#appendSums(pair, 0, tick, openSums);
    for (let i = pair * 4; i < pair * 4 + 4; i++) tensSums[i] = tensSums[i]! + openSums[i]!;
    openTick[pair] = 0;
  }

  /** Gives back the list's oldest chunk. */
  dropHead(pair: number, level: number): void {
    const chunk = this.pairs.head(pair, level);
    const next = this.pool.next(chunk);
    if (next !== NONE) this.pool.unlinkPrevious(next);
    this.pairs.setHead(pair, level, next);
    this.pool.give(chunk);
  }

  /** Gives back the pair with all its bins. */
  drop(pair: number): void {
    for (let level = 0; level < LEVELS; level++) {
      while (this.pairs.head(pair, level) !== NONE) this.dropHead(pair, level);
    }
    this.pairs.remove(pair);
  }

  /** The oldest tick at which a chunk of the level that is the first of its list ends; Infinity when there is none. */
  oldestEnd(level: number): number {
    let oldest = Infinity;
    for (let pair = 1; pair < this.pairs.end; pair++) {
      const head = this.pairs.head(pair, level);
      if (head !== NONE) oldest = Math.min(oldest, this.pool.last(head));
    }
    return oldest;
  }

  /** Puts a chunk at the end of a list. */
  #link(pair: number, level: number, chunk: number): void {
    const tail = this.pairs.tail(pair, level);
    if (tail !== NONE) this.pool.link(tail, chunk);
    this.pairs.setTail(pair, level, chunk);
  }

  /** Writes down the growing ten seconds, and adds them to the growing minute. */
  #closeTens(pair: number): void {
    const { minuteSums, minuteTick, tensSums, tensTick } = this.pairs;
    const tick = tensTick[pair]!;
    const minute = tick - (tick % MINUTE);
    if (minuteTick[pair] !== minute) {
      if (minuteTick[pair] !== 0) this.#appendSums(pair, MINUTE_LEVEL, minuteTick[pair]!, minuteSums);
      minuteSums.fill(0, pair * 4, pair * 4 + 4);
      minuteTick[pair] = minute;
    }
    this.#appendSums(pair, TENS_LEVEL, tick, tensSums);
    for (let i = pair * 4; i < pair * 4 + 4; i++) minuteSums[i] = minuteSums[i]! + tensSums[i]!;
  }

  #appendSums(pair: number, level: number, tick: number, sums: Float64Array): void {
    const at = pair * 4;
    this.append(pair, level, tick, sums[at]!, sums[at + 1]!, sums[at + 2]!, sums[at + 3]!);
  }
}

import { NONE } from "./chunk-pool.ts";
import { LEVELS } from "./ticks.ts";

/** An IPv6 address as four unsigned 32-bit words, most significant first; IPv4 is mapped: 0, 0, 0xffff, address. */
export type Remote = Uint32Array;

/** Whether the traffic of a device with a remote, which is read, not kept, is meant. */
export type PairTest = (device: number, remote: Remote) => boolean;

export function isIpv4(remote: Remote): boolean {
  return remote[0] === 0 && remote[1] === 0 && remote[2] === 0xffff;
}

/** What makes a remote the key of a Map. */
export function remoteKey(remote: Remote): number | string {
  return isIpv4(remote) ? remote[3]! : `${remote[0]},${remote[1]},${remote[2]},${remote[3]}`;
}

/** No pair; the table's first row is never given out. */
export const NO_PAIR = 0;
/** Bytes of a row with its part of the index. */
export const PAIR_BYTES = 180;

/**
 * Pairs of a device and a remote in typed arrays, found through an open-addressed index. The address stands in the row: most
 * remotes belong to one device, so a table of addresses beside this one would save nothing and need an end of its own.
 * A row has the bin, the ten seconds and the minute that are still growing, and a list of chunks per level.
 */
export class PairTable {
  readonly capacity: number;
  readonly devices: Uint16Array;
  /** Four words per pair. */
  readonly remotes: Uint32Array;
  /** Tick of the growing bin, which is the pair's latest: each has one from its first traffic on. */
  readonly openTick: Uint32Array;
  /** The growing bin's up bytes, down bytes, up packets, down packets. */
  readonly openSums: Float64Array;
  /** The first tick of the growing ten seconds, which have the closed bins only; 0 when there are none. */
  readonly tensTick: Uint32Array;
  readonly tensSums: Float64Array;
  /** The first tick of the growing minute, which has the closed ten seconds only; 0 when there is none. */
  readonly minuteTick: Uint32Array;
  readonly minuteSums: Float64Array;
  /** Number of the latest hour in which the pair had traffic. */
  readonly activeHour: Uint32Array;
  readonly #heads: Uint32Array;
  readonly #tails: Uint32Array;
  readonly #index: Uint32Array;
  readonly #mask: number;
  readonly #isUsed: Uint8Array;
  readonly #returned: Uint32Array;
  readonly #pairsOfDevice: Uint32Array;
  #returnedCount = 0;
  #end = 1;
  #size = 0;

  constructor(capacity: number, devices: number) {
    const rows = capacity + 1;
    const buckets = 2 ** Math.ceil(Math.log2(capacity * 1.5 + 2));
    this.capacity = capacity;
    this.devices = new Uint16Array(rows);
    this.remotes = new Uint32Array(rows * 4);
    this.openTick = new Uint32Array(rows);
    this.openSums = new Float64Array(rows * 4);
    this.tensTick = new Uint32Array(rows);
    this.tensSums = new Float64Array(rows * 4);
    this.minuteTick = new Uint32Array(rows);
    this.minuteSums = new Float64Array(rows * 4);
    this.activeHour = new Uint32Array(rows);
    this.#heads = new Uint32Array(rows * LEVELS);
    this.#tails = new Uint32Array(rows * LEVELS);
    this.#index = new Uint32Array(buckets);
    this.#mask = buckets - 1;
    this.#isUsed = new Uint8Array(rows);
    this.#returned = new Uint32Array(rows);
    this.#pairsOfDevice = new Uint32Array(devices);
  }

  get size(): number {
    return this.#size;
  }

  /** Rows below this one may be in use; the first is 1. */
  get end(): number {
    return this.#end;
  }

  isUsed(pair: number): boolean {
    return this.#isUsed[pair] === 1;
  }

  pairsOf(device: number): number {
    return this.#pairsOfDevice[device] ?? 0;
  }

  find(device: number, remote: Remote): number {
    let bucket = this.#bucketOf(device, remote, 0);
    for (;;) {
      const pair = this.#index[bucket]!;
      if (pair === NO_PAIR || (this.devices[pair] === device && this.isOf(pair, remote))) return pair;
      bucket = (bucket + 1) & this.#mask;
    }
  }

  isOf(pair: number, remote: Remote): boolean {
    const at = pair * 4;
    return (
      this.remotes[at + 3] === remote[3] &&
      this.remotes[at + 2] === remote[2] &&
      this.remotes[at + 1] === remote[1] &&
      this.remotes[at] === remote[0]
    );
  }

  /** Copies the pair's remote to `words`. */
  readRemote(pair: number, words: Remote): void {
    for (let word = 0; word < 4; word++) words[word] = this.remotes[pair * 4 + word]!;
  }

  /** Adds a pair that is not there; NO_PAIR when the table is full. */
  add(device: number, remote: Remote): number {
    if (this.#size === this.capacity) return NO_PAIR;
    const pair = this.#returnedCount > 0 ? this.#returned[--this.#returnedCount]! : this.#end++;
    for (let word = 0; word < 4; word++) this.remotes[pair * 4 + word] = remote[word]!;
    this.devices[pair] = device;
    this.openTick[pair] = 0;
    this.tensTick[pair] = 0;
    this.minuteTick[pair] = 0;
    this.activeHour[pair] = 0;
    this.#isUsed[pair] = 1;
    this.#pairsOfDevice[device] = this.pairsOf(device) + 1;
    this.#size++;
    let bucket = this.#bucketOf(device, remote, 0);
    while (this.#index[bucket] !== NO_PAIR) bucket = (bucket + 1) & this.#mask;
    this.#index[bucket] = pair;
    return pair;
  }

  /** Adds a pair of another table as it is, but for its chunks; NO_PAIR when the table is full. */
  copy(from: PairTable, row: number): number {
    const four = row * 4;
    const pair = this.add(from.devices[row]!, from.remotes.subarray(four, four + 4));
    if (pair === NO_PAIR) return NO_PAIR;
    this.openTick[pair] = from.openTick[row]!;
    this.tensTick[pair] = from.tensTick[row]!;
    this.minuteTick[pair] = from.minuteTick[row]!;
    this.activeHour[pair] = from.activeHour[row]!;
    this.openSums.set(from.openSums.subarray(four, four + 4), pair * 4);
    this.tensSums.set(from.tensSums.subarray(four, four + 4), pair * 4);
    this.minuteSums.set(from.minuteSums.subarray(four, four + 4), pair * 4);
    return pair;
  }

  /** Takes away a pair that has no chunks; its row keeps nothing of it. */
  remove(pair: number): void {
    const device = this.devices[pair]!;
    this.#removeFromIndex(pair);
    for (const words of [this.remotes, this.openSums, this.tensSums, this.minuteSums]) {
      words.fill(0, pair * 4, pair * 4 + 4);
    }
    this.#isUsed[pair] = 0;
    this.#pairsOfDevice[device] = this.pairsOf(device) - 1;
    this.#returned[this.#returnedCount++] = pair;
    this.#size--;
  }

  head(pair: number, level: number): number {
    return this.#heads[pair * LEVELS + level]!;
  }

  tail(pair: number, level: number): number {
    return this.#tails[pair * LEVELS + level]!;
  }

  setHead(pair: number, level: number, chunk: number): void {
    this.#heads[pair * LEVELS + level] = chunk;
    if (chunk === NONE) this.#tails[pair * LEVELS + level] = NONE;
  }

  setTail(pair: number, level: number, chunk: number): void {
    this.#tails[pair * LEVELS + level] = chunk;
    if (this.head(pair, level) === NONE) this.#heads[pair * LEVELS + level] = chunk;
  }

  /** Empties the pair's bucket and moves back what was displaced past it (Knuth, volume 3, 6.4, algorithm R). */
  #removeFromIndex(pair: number): void {
    let hole = this.#bucketOf(this.devices[pair]!, this.remotes, pair * 4);
    while (this.#index[hole] !== pair) hole = (hole + 1) & this.#mask;
    let bucket = hole;
    for (;;) {
      bucket = (bucket + 1) & this.#mask;
      const other = this.#index[bucket]!;
      if (other === NO_PAIR) break;
      const wanted = this.#bucketOf(this.devices[other]!, this.remotes, other * 4);
      const mayMove = ((bucket - wanted) & this.#mask) >= ((bucket - hole) & this.#mask);
      if (!mayMove) continue;
      this.#index[hole] = other;
      hole = bucket;
    }
    this.#index[hole] = NO_PAIR;
  }

  #bucketOf(device: number, words: Uint32Array, at: number): number {
    let hash = Math.imul(device + 1, 0x9e3779b1);
    for (let word = 0; word < 4; word++) {
      hash = Math.imul(hash ^ words[at + word]!, 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash, 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) & this.#mask;
  }
}

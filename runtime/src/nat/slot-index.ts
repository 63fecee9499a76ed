/**
 * Finds the slots of a table by the hash of their key: open addressing with linear probing in a fixed array. Its user
 * compares keys: `for (let b = index.home(hash); ; b = index.next(b))`, until `slotAt(b)` matches or is -1.
 */
export class SlotIndex {
  /** Slot plus one, 0 where nothing is. */
  readonly #buckets: Uint32Array;
  readonly #hashes: Int32Array;
  readonly #mask: number;

  /** `buckets` is a power of two and well above the number of slots in use at once; slots are below `slots`. */
  constructor(buckets: number, slots: number) {
    this.#buckets = new Uint32Array(buckets);
    this.#hashes = new Int32Array(slots);
    this.#mask = buckets - 1;
  }

  home(hash: number): number {
    return hash & this.#mask;
  }

  next(bucket: number): number {
    return (bucket + 1) & this.#mask;
  }

  /** The slot in a bucket, or -1. */
  slotAt(bucket: number): number {
    return (this.#buckets[bucket] ?? 0) - 1;
  }

  /** Adds a slot that is not in the index. */
  insert(slot: number, hash: number): void {
    this.#hashes[slot] = hash;
    let bucket = this.home(hash);
    while (this.#buckets[bucket] !== 0) bucket = this.next(bucket);
    this.#buckets[bucket] = slot + 1;
  }

  /** Removes a slot that is in the index, by shifting back, so that probing needs no tombstones (Knuth 6.4, algorithm R). */
  remove(slot: number): void {
    let hole = this.#homeOf(slot);
    while (this.#buckets[hole] !== slot + 1) hole = this.next(hole);
    for (let probe = this.next(hole); ; probe = this.next(probe)) {
      const entry = this.#buckets[probe] ?? 0;
      if (entry === 0) break;
      const fromHome = (probe - this.#homeOf(entry - 1)) & this.#mask;
      if (fromHome < ((probe - hole) & this.#mask)) continue;
      this.#buckets[hole] = entry;
      hole = probe;
    }
    this.#buckets[hole] = 0;
  }

  clear(): void {
    this.#buckets.fill(0);
  }

  #homeOf(slot: number): number {
    return this.home(this.#hashes[slot] ?? 0);
  }
}

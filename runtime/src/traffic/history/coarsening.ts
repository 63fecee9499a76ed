import type { BinStore } from "./bin-store.ts";
import { NONE, PAYLOAD_BYTES } from "./chunk-pool.ts";
import { SECOND, SECOND_LEVEL } from "./ticks.ts";

/** A bin takes a byte at least. */
const MAX_BINS = PAYLOAD_BYTES;
const FIELDS = 5;

/** Makes bins of 100 ms into seconds. */
export class Coarsening {
  readonly #store: BinStore;
  /** What one chunk becomes: tick, up bytes, down bytes, up packets, down packets of each bin. The last is still growing. */
  readonly #bins = new Float64Array((MAX_BINS + 1) * FIELDS);
  #count = 0;

  constructor(store: BinStore) {
    this.#store = store;
  }

  /** Does so with what ends before the recorded tick `before`; whole chunks only. */
  run(before: number): void {
    const { pairs } = this.#store;
    for (let pair = 1; pair < pairs.end; pair++) {
      if (pairs.head(pair, 0) !== NONE) this.#coarsen(pair, before);
    }
  }

  #coarsen(pair: number, before: number): void {
    const { pairs, pool } = this.#store;
    for (let chunk = pairs.head(pair, 0); chunk !== NONE; chunk = pairs.head(pair, 0)) {
      if (pool.last(chunk) >= before) break;
      this.#gather(chunk);
      // First given back, then taken: this works in a full pool, too.
      this.#store.dropHead(pair, 0);
      this.#put(pair, this.#count - 1);
    }
    this.#put(pair, this.#count);
  }

  #gather(chunk: number): void {
    const { reader } = this.#store;
    const bins = this.#bins;
    reader.open(chunk, 1);
    while (reader.next()) {
      const tick = reader.tick - (reader.tick % SECOND);
      if (this.#count === 0 || bins[(this.#count - 1) * FIELDS] !== tick) {
        bins.fill(0, this.#count * FIELDS, (this.#count + 1) * FIELDS);
        bins[this.#count++ * FIELDS] = tick;
      }
      const at = (this.#count - 1) * FIELDS;
      bins[at + 1] = bins[at + 1]! + reader.upBytes;
      bins[at + 2] = bins[at + 2]! + reader.downBytes;
      bins[at + 3] = bins[at + 3]! + reader.upPackets;
      bins[at + 4] = bins[at + 4]! + reader.downPackets;
    }
  }

  /** Appends the first `count` bins and keeps the others. */
  #put(pair: number, count: number): void {
    const bins = this.#bins;
    for (let at = 0; at < count * FIELDS; at += FIELDS) {
      this.#store.append(
        pair,
        SECOND_LEVEL,
        bins[at]!,
        bins[at + 1]!,
        bins[at + 2]!,
        bins[at + 3]!,
        bins[at + 4]!,
      );
    }
    bins.copyWithin(0, count * FIELDS, this.#count * FIELDS);
    this.#count -= count;
  }
}

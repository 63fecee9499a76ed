import type { BinStore } from "./bin-store.ts";
import type { PairTable, Remote } from "./pair-table.ts";
import { pairsIn, type Range } from "./query.ts";

/** What totals are grouped by. */
export type Grouping = "device" | "remote" | "pair";

/** Sums of one group; `device` is absent when grouped by remote, `remote` when grouped by device. */
export interface Total {
  device?: number;
  remote?: Remote;
  upBytes: number;
  downBytes: number;
  upPackets: number;
  downPackets: number;
}

/** Sums of a pair. */
export type PairTotal = Required<Total>;

/** Sums of one pair over a range: up bytes, down bytes, up packets, down packets. */
export type PairSums = (pair: number) => Float64Array;

/** The groups that had traffic, most bytes first, `top` of them at most. */
export function totalsOf(
  store: BinStore,
  range: Range,
  by: Grouping,
  top: number,
  sumsOf: PairSums,
): Total[] {
  const groups = new Groups(store.pairs, by);
  for (const pair of pairsIn(store, range)) groups.add(pair, sumsOf(pair));
  return groups.largest(top);
}

/** The sums of each pair that had traffic, in the table's order; one object for all, which has one remote. */
export function* pairTotalsOf(store: BinStore, range: Range, sumsOf: PairSums): Generator<PairTotal, void> {
  const total = {
    device: 0,
    remote: new Uint32Array(4),
    upBytes: 0,
    downBytes: 0,
    upPackets: 0,
    downPackets: 0,
  };
  const { pairs } = store;
  for (const pair of pairsIn(store, range)) {
    const sums = sumsOf(pair);
    if (isNothing(sums)) continue;
    total.device = pairs.devices[pair]!;
    for (let word = 0; word < 4; word++) total.remote[word] = pairs.remotes[pair * 4 + word]!;
    total.upBytes = sums[0]!;
    total.downBytes = sums[1]!;
    total.upPackets = sums[2]!;
    total.downPackets = sums[3]!;
    yield total;
  }
}

function isNothing(sums: Float64Array): boolean {
  return sums[0] === 0 && sums[1] === 0 && sums[2] === 0 && sums[3] === 0;
}

/** Sums per group in typed arrays; a group is known by the first of its pairs. */
class Groups {
  readonly #pairs: PairTable;
  readonly #by: Grouping;
  readonly #sums: Float64Array;
  readonly #leaders: number[] = [];
  /** By remote: the leader of each bucket's address. By device: the leader of each device. */
  readonly #index: Uint32Array;

  constructor(pairs: PairTable, by: Grouping) {
    this.#pairs = pairs;
    this.#by = by;
    this.#sums = new Float64Array(pairs.end * 4);
    const buckets = { pair: 1, device: 2 ** 16, remote: 2 ** Math.ceil(Math.log2(pairs.end * 2)) };
    this.#index = new Uint32Array(buckets[by]);
  }

  add(pair: number, sums: Float64Array): void {
    if (isNothing(sums)) return;
    const at = this.#leaderOf(pair) * 4;
    for (let i = 0; i < 4; i++) this.#sums[at + i] = this.#sums[at + i]! + sums[i]!;
  }

  largest(top: number): Total[] {
    const bytes = (leader: number) => this.#sums[leader * 4]! + this.#sums[leader * 4 + 1]!;
    return this.#leaders
      .sort((a, b) => bytes(b) - bytes(a))
      .slice(0, top)
      .map((leader) => this.#total(leader));
  }

  #total(leader: number): Total {
    const [upBytes = 0, downBytes = 0, upPackets = 0, downPackets = 0] = this.#sums.subarray(leader * 4);
    return {
      ...(this.#by !== "remote" && { device: this.#pairs.devices[leader]! }),
      ...(this.#by !== "device" && { remote: this.#pairs.remotes.slice(leader * 4, leader * 4 + 4) }),
      ...{ upBytes, downBytes, upPackets, downPackets },
    };
  }

  #leaderOf(pair: number): number {
    if (this.#by === "pair") return this.#lead(pair);
    const bucket = this.#by === "device" ? this.#pairs.devices[pair]! : this.#bucketOfRemote(pair);
    if (this.#index[bucket] === 0) this.#index[bucket] = this.#lead(pair);
    return this.#index[bucket]!;
  }

  #lead(pair: number): number {
    this.#leaders.push(pair);
    return pair;
  }

  /** The bucket of the pair's remote, or the empty one where it belongs. */
  #bucketOfRemote(pair: number): number {
    const words = this.#pairs.remotes;
    const remote = words.subarray(pair * 4, pair * 4 + 4);
    const mask = this.#index.length - 1;
    let bucket = 0;
    for (let word = 0; word < 4; word++) {
      bucket = Math.imul(bucket ^ remote[word]!, 0x85ebca6b);
      bucket ^= bucket >>> 15;
    }
    bucket &= mask;
    while (this.#index[bucket] !== 0 && !this.#pairs.isOf(this.#index[bucket]!, remote)) {
      bucket = (bucket + 1) & mask;
    }
    return bucket;
  }
}

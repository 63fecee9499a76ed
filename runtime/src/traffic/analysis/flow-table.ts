import type { AddressWords } from "../../addr/ipv6.ts";

/** No flow; the table's first row is never given out. */
export const NO_FLOW = 0;

/**
 * What tells flows apart (device, remote, protocol and service port, as in the feed's sums) in typed arrays, found through an
 * open-addressed index.
 */
export class FlowTable {
  readonly capacity: number;
  readonly devices: Float64Array;
  /** Four words per flow. */
  readonly remotes: Uint32Array;
  readonly protocols: Uint8Array;
  readonly ports: Uint16Array;
  readonly #isUsed: Uint8Array;
  readonly #index: Uint16Array;
  readonly #mask: number;
  readonly #returned: Uint16Array;
  #returnedCount = 0;
  #end = 1;
  #size = 0;

  /** `capacity` flows at most, below 2^16. */
  constructor(capacity: number) {
    const rows = capacity + 1;
    const buckets = 2 ** Math.ceil(Math.log2(capacity * 2));
    this.capacity = capacity;
    this.devices = new Float64Array(rows);
    this.remotes = new Uint32Array(rows * 4);
    this.protocols = new Uint8Array(rows);
    this.ports = new Uint16Array(rows);
    this.#isUsed = new Uint8Array(rows);
    this.#index = new Uint16Array(buckets);
    this.#mask = buckets - 1;
    this.#returned = new Uint16Array(rows);
  }

  get size(): number {
    return this.#size;
  }

  /** Rows below this one may be in use; the first is 1. */
  get end(): number {
    return this.#end;
  }

  isUsed(flow: number): boolean {
    return this.#isUsed[flow] === 1;
  }

  find(device: number, remote: AddressWords, protocol: number, port: number): number {
    let bucket = this.#bucketOf(device, remote, 0, protocol, port);
    for (;;) {
      const flow = this.#index[bucket]!;
      if (flow === NO_FLOW || this.#isOf(flow, device, remote, protocol, port)) return flow;
      bucket = (bucket + 1) & this.#mask;
    }
  }

  /** Adds a flow that is not there; NO_FLOW when the table is full. */
  add(device: number, remote: AddressWords, protocol: number, port: number): number {
    if (this.#size === this.capacity) return NO_FLOW;
    const flow = this.#returnedCount > 0 ? this.#returned[--this.#returnedCount]! : this.#end++;
    this.devices[flow] = device;
    for (let word = 0; word < 4; word++) this.remotes[flow * 4 + word] = remote[word]!;
    this.protocols[flow] = protocol;
    this.ports[flow] = port;
    this.#isUsed[flow] = 1;
    this.#size++;
    let bucket = this.#home(flow);
    while (this.#index[bucket] !== NO_FLOW) bucket = (bucket + 1) & this.#mask;
    this.#index[bucket] = flow;
    return flow;
  }

  /** Takes away a flow; its bucket is filled by what was displaced past it (Knuth, volume 3, 6.4, algorithm R). */
  remove(flow: number): void {
    let hole = this.#home(flow);
    while (this.#index[hole] !== flow) hole = (hole + 1) & this.#mask;
    for (let bucket = (hole + 1) & this.#mask; ; bucket = (bucket + 1) & this.#mask) {
      const other = this.#index[bucket]!;
      if (other === NO_FLOW) break;
      const displaced = (bucket - this.#home(other)) & this.#mask;
      if (displaced < ((bucket - hole) & this.#mask)) continue;
      this.#index[hole] = other;
      hole = bucket;
    }
    this.#index[hole] = NO_FLOW;
    this.#isUsed[flow] = 0;
    this.#returned[this.#returnedCount++] = flow;
    this.#size--;
  }

  #isOf(flow: number, device: number, remote: AddressWords, protocol: number, port: number): boolean {
    const at = flow * 4;
    return (
      this.ports[flow] === port &&
      this.remotes[at + 3] === remote[3] &&
      this.devices[flow] === device &&
      this.remotes[at + 2] === remote[2] &&
      this.remotes[at + 1] === remote[1] &&
      this.remotes[at] === remote[0] &&
      this.protocols[flow] === protocol
    );
  }

  #home(flow: number): number {
    return this.#bucketOf(
      this.devices[flow]!,
      this.remotes,
      flow * 4,
      this.protocols[flow]!,
      this.ports[flow]!,
    );
  }

  #bucketOf(device: number, words: AddressWords, at: number, protocol: number, port: number): number {
    let hash = Math.imul(device | 0, 0x9e3779b1) ^ ((protocol << 16) | port);
    for (let word = 0; word < 4; word++) {
      hash = Math.imul(hash ^ words[at + word]!, 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash, 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) & this.#mask;
  }
}

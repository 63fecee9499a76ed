import type { IPv4 } from "../addr/ipv4.ts";
import type { Transport } from "./transport.ts";

const SLOTS = 3 * 65536;
/** Buckets of the index over internal endpoints: a power of two that stays under 40 % full. */
const BUCKETS = 1 << 19;

const FREE = 0;
const BOUND = 1;
const RESTING = 2;

/**
 * The bindings of one external address in typed arrays. A binding's slot is its external endpoint (transport and port),
 * so looking up what comes in is an array access; what goes out is found through an open-addressed index.
 */
export class BindingTable {
  readonly #phase = new Uint8Array(SLOTS);
  readonly #address = new Uint32Array(SLOTS);
  readonly #port = new Uint16Array(SLOTS);
  readonly #lastActive = new Float64Array(SLOTS);
  readonly #index = new Uint32Array(BUCKETS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The slot of an external endpoint, bound or not. */
  slotOf(transport: Transport, externalPort: number): number {
    return (transport << 16) | externalPort;
  }

  transportOf(slot: number): Transport {
    return (slot >>> 16) as Transport;
  }

  externalPortOf(slot: number): number {
    return slot & 0xffff;
  }

  isBound(slot: number): boolean {
    return this.#phase[slot] === BOUND;
  }

  /** The internal endpoint of a bound slot. */
  addressOf(slot: number): IPv4 {
    return this.#address[slot] ?? 0;
  }

  portOf(slot: number): number {
    return this.#port[slot] ?? 0;
  }

  /** Both endpoints of a bound slot. */
  endpointsOf(slot: number): { transport: Transport; address: IPv4; port: number; externalPort: number } {
    return {
      transport: this.transportOf(slot),
      address: this.addressOf(slot),
      port: this.portOf(slot),
      externalPort: this.externalPortOf(slot),
    };
  }

  /** When a packet last used the binding, in the engine's milliseconds. */
  lastActiveOf(slot: number): number {
    return this.#lastActive[slot] ?? 0;
  }

  refresh(slot: number, now: number): void {
    this.#lastActive[slot] = now;
  }

  /** The slot bound to an internal endpoint, or -1. */
  find(transport: Transport, address: IPv4, port: number): number {
    for (let bucket = hash(transport, address, port); ; bucket = (bucket + 1) & (BUCKETS - 1)) {
      const entry = this.#index[bucket] ?? 0;
      if (entry === 0) return -1;
      const slot = entry - 1;
      if (
        this.#address[slot] === address &&
        this.#port[slot] === port &&
        this.transportOf(slot) === transport
      ) {
        return slot;
      }
    }
  }

  /** Whether the slot may be bound for a host: never used, rested for `quarantine` milliseconds, or last used by that host. */
  isFreeFor(slot: number, address: IPv4, now: number, quarantine: number): boolean {
    const phase = this.#phase[slot];
    if (phase === FREE) return true;
    if (phase === BOUND) return false;
    return this.addressOf(slot) === address || now - this.lastActiveOf(slot) >= quarantine;
  }

  /** Binds a free slot to an internal endpoint that has none. */
  bind(slot: number, address: IPv4, port: number, now: number): void {
    this.#phase[slot] = BOUND;
    this.#address[slot] = address;
    this.#port[slot] = port;
    this.#lastActive[slot] = now;
    let bucket = hash(this.transportOf(slot), address, port);
    while (this.#index[bucket] !== 0) bucket = (bucket + 1) & (BUCKETS - 1);
    this.#index[bucket] = slot + 1;
    this.#size++;
  }

  /** Frees a bound slot; it rests from `now` on. */
  release(slot: number, now: number): void {
    this.#removeFromIndex(slot);
    this.#phase[slot] = RESTING;
    this.#lastActive[slot] = now;
    this.#size--;
  }

  /** Forgets everything, resting ports too: for an external address that is no longer ours. */
  clear(): void {
    this.#phase.fill(FREE);
    this.#index.fill(0);
    this.#size = 0;
  }

  /** Visits every bound slot; the visitor may release the slot it is given. */
  forEach(visit: (slot: number) => void): void {
    let left = this.#size;
    for (let slot = 0; left > 0; slot++) {
      if (this.#phase[slot] !== BOUND) continue;
      visit(slot);
      left--;
    }
  }

  #homeOf(slot: number): number {
    return hash(this.transportOf(slot), this.addressOf(slot), this.portOf(slot));
  }

  /** Deletion by shifting back, so that probing needs no tombstones (Knuth 6.4, algorithm R). */
  #removeFromIndex(slot: number): void {
    let hole = this.#homeOf(slot);
    while (this.#index[hole] !== slot + 1) hole = (hole + 1) & (BUCKETS - 1);
    for (let probe = (hole + 1) & (BUCKETS - 1); ; probe = (probe + 1) & (BUCKETS - 1)) {
      const entry = this.#index[probe] ?? 0;
      if (entry === 0) break;
      const fromHome = (probe - this.#homeOf(entry - 1)) & (BUCKETS - 1);
      const fromHole = (probe - hole) & (BUCKETS - 1);
      if (fromHome < fromHole) continue;
      this.#index[hole] = entry;
      hole = probe;
    }
    this.#index[hole] = 0;
  }
}

/** murmur3's finalizer over the endpoint. Hosts of the home choose the keys, each within its binding limit. */
function hash(transport: Transport, address: IPv4, port: number): number {
  let h = address ^ Math.imul((transport << 16) | port, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) & (BUCKETS - 1);
}

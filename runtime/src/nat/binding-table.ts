import type { IPv4 } from "../addr/ipv4.ts";
import { Activity } from "./activity.ts";
import type { KeyedHash } from "./keyed-hash.ts";
import type { Filtering } from "./policy.ts";
import { SlotIndex } from "./slot-index.ts";
import type { Transport } from "./transport.ts";

/** Every external port of each transport. */
export const BINDING_SLOTS = 3 * 65536;
/** A power of two that stays under 40 % full. */
const BUCKETS = 1 << 19;

const FREE = 0;
/** Made by a host's packet; ends by its timer. */
const DYNAMIC = 1;
/** The owner's; stays. */
const FORWARD = 2;

/** The slot of an external endpoint, bound or not. */
export function slotOf(transport: Transport, externalPort: number): number {
  return (transport << 16) | externalPort;
}

export function transportOfSlot(slot: number): Transport {
  return (slot >>> 16) as Transport;
}

export function externalPortOfSlot(slot: number): number {
  return slot & 0xffff;
}

/**
 * The bindings of one external address in typed arrays. A binding's slot is its external endpoint (transport and port),
 * so looking up what comes in is an array access; what goes out is found through an index.
 */
export class BindingTable {
  readonly activity = new Activity(BINDING_SLOTS);
  readonly #kind = new Uint8Array(BINDING_SLOTS);
  readonly #address = new Uint32Array(BINDING_SLOTS);
  readonly #port = new Uint16Array(BINDING_SLOTS);
  readonly #filtering = new Uint8Array(BINDING_SLOTS);
  readonly #index = new SlotIndex(BUCKETS, BINDING_SLOTS);
  readonly #hash: KeyedHash;
  #dynamic = 0;

  constructor(hash: KeyedHash) {
    this.#hash = hash;
  }

  /** Dynamic bindings. */
  get size(): number {
    return this.#dynamic;
  }

  isBound(slot: number): boolean {
    return this.#kind[slot] !== FREE;
  }

  isDynamic(slot: number): boolean {
    return this.#kind[slot] === DYNAMIC;
  }

  isForward(slot: number): boolean {
    return this.#kind[slot] === FORWARD;
  }

  /** The internal endpoint of a bound slot. */
  addressOf(slot: number): IPv4 {
    return this.#address[slot] ?? 0;
  }

  portOf(slot: number): number {
    return this.#port[slot] ?? 0;
  }

  filteringOf(slot: number): Filtering {
    return this.#filtering[slot] as Filtering;
  }

  /** The slot bound to an internal endpoint, or -1. */
  find(transport: Transport, address: IPv4, port: number): number {
    const index = this.#index;
    const hash = this.#hash.of(address, transport, port);
    for (let bucket = index.home(hash); ; bucket = index.next(bucket)) {
      const slot = index.slotAt(bucket);
      if (slot < 0) return -1;
      if (this.#address[slot] === address && this.#port[slot] === port && slot >>> 16 === transport)
        return slot;
    }
  }

  /** Binds a free slot to an internal endpoint that has none. */
  bind(slot: number, address: IPv4, port: number, filtering: Filtering, now: number): void {
    this.#set(slot, DYNAMIC, address, port, filtering, now);
    this.#dynamic++;
  }

  /** Makes a free slot the owner's forward, always open, to an internal endpoint that has no binding. */
  forward(slot: number, address: IPv4, port: number, now: number): void {
    this.#set(slot, FORWARD, address, port, 0, now);
  }

  /** Makes a dynamic binding the owner's forward; its age and bytes go on. */
  keepAsForward(slot: number): void {
    this.#kind[slot] = FORWARD;
    this.#filtering[slot] = 0;
    this.#dynamic--;
  }

  refilter(slot: number, filtering: Filtering): void {
    this.#filtering[slot] = filtering;
  }

  /** Frees a bound slot. */
  release(slot: number): void {
    this.#index.remove(slot);
    if (this.#kind[slot] === DYNAMIC) this.#dynamic--;
    this.#kind[slot] = FREE;
  }

  /** The first bound slot from `slot` on and before `end`, or -1. */
  nextBound(slot: number, end: number): number {
    for (let next = slot; next < end; next++) if (this.#kind[next] !== FREE) return next;
    return -1;
  }

  #set(slot: number, kind: number, address: IPv4, port: number, filtering: Filtering, now: number): void {
    this.#kind[slot] = kind;
    this.#address[slot] = address;
    this.#port[slot] = port;
    this.#filtering[slot] = filtering;
    this.activity.begin(slot, now);
    this.#index.insert(slot, this.#hash.of(address, slot >>> 16, port));
  }
}

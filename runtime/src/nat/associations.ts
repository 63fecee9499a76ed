import type { IPv4 } from "../addr/ipv4.ts";
import { Activity } from "./activity.ts";
import { ASSOCIATIONS_EXHAUSTED, HOST_LIMIT, PROTOCOL_IN_USE } from "./drops.ts";
import type { Engine } from "./engine.ts";
import { HostShares } from "./host-shares.ts";
import { SlotIndex } from "./slot-index.ts";
import { SlotPool } from "./slot-pool.ts";

export const MAX_ASSOCIATIONS = 4096;
/** One host cannot take the others' room (RFC 6888 REQ-4). */
export const MAX_ASSOCIATIONS_PER_HOST = MAX_ASSOCIATIONS / 4;

/**
 * Which host an IP protocol without ports is translated for, towards each remote address. Only addresses are rewritten, so
 * there can be one host for each protocol and remote.
 */
export class Associations {
  readonly activity = new Activity(MAX_ASSOCIATIONS);
  readonly #engine: Engine;
  readonly #pool = new SlotPool(MAX_ASSOCIATIONS);
  readonly #index = new SlotIndex(2 * MAX_ASSOCIATIONS, MAX_ASSOCIATIONS);
  readonly #shares = new HostShares();
  readonly #protocol = new Uint8Array(MAX_ASSOCIATIONS);
  readonly #address = new Uint32Array(MAX_ASSOCIATIONS);
  readonly #remote = new Uint32Array(MAX_ASSOCIATIONS);

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get size(): number {
    return this.#pool.size;
  }

  isTaken(slot: number): boolean {
    return this.#pool.isTaken(slot);
  }

  protocolOf(slot: number): number {
    return this.#protocol[slot] ?? 0;
  }

  addressOf(slot: number): IPv4 {
    return this.#address[slot] ?? 0;
  }

  remoteOf(slot: number): IPv4 {
    return this.#remote[slot] ?? 0;
  }

  /** The slot of a protocol and remote address, or -1. */
  find(protocol: number, remote: IPv4): number {
    const index = this.#index;
    for (let bucket = index.home(this.#hash(protocol, remote)); ; bucket = index.next(bucket)) {
      const slot = index.slotAt(bucket);
      if (slot < 0 || (this.#remote[slot] === remote && this.#protocol[slot] === protocol)) return slot;
    }
  }

  /** The host's association, the one there is or a new one: its slot, or a drop code. */
  associate(protocol: number, address: IPv4, remote: IPv4, now: number): number {
    const found = this.find(protocol, remote);
    if (found >= 0) {
      if (this.#address[found] !== address) return PROTOCOL_IN_USE;
      this.activity.refresh(found, now);
      return found;
    }
    if (this.#shares.of(address) >= MAX_ASSOCIATIONS_PER_HOST) return HOST_LIMIT;
    const slot = this.#begin(protocol, address, remote, now);
    if (slot < 0) return ASSOCIATIONS_EXHAUSTED;
    this.#engine.fastPath.programAssociation(protocol, address, remote);
    return slot;
  }

  /** Takes over an association that the fast path holds, if there is no other for the same; whether it did. */
  adopt(protocol: number, address: IPv4, remote: IPv4, now: number): boolean {
    return this.find(protocol, remote) < 0 && this.#begin(protocol, address, remote, now) >= 0;
  }

  /** Ends up to `limit` associations whose timer has run out; how many. The fast path's commit is the caller's. */
  expire(now: number, limit: number): number {
    const timeout = this.#engine.policy.timers.association;
    let ended = 0;
    let left = this.#pool.size;
    for (let slot = 0; left > 0 && ended < limit; slot++) {
      if (!this.#pool.isTaken(slot)) continue;
      left--;
      if (now - this.activity.lastActiveAt(slot) < timeout) continue;
      this.end(slot);
      ended++;
    }
    return ended;
  }

  /** Ends the associations of the hosts that match. */
  endWhere(matches: (address: IPv4) => boolean): void {
    for (let slot = 0; slot < MAX_ASSOCIATIONS && this.#pool.size > 0; slot++)
      if (this.#pool.isTaken(slot) && matches(this.addressOf(slot))) this.end(slot);
  }

  /** Ends an association, in the fast path too once the caller commits. */
  end(slot: number): void {
    this.#engine.fastPath.removeAssociation(this.protocolOf(slot), this.addressOf(slot), this.remoteOf(slot));
    this.giveUp(slot);
  }

  /** Forgets an association that the fast path does not hold. */
  giveUp(slot: number): void {
    this.#shares.give(this.addressOf(slot));
    this.#index.remove(slot);
    this.#pool.give(slot);
  }

  clear(): void {
    this.#shares.clear();
    this.#index.clear();
    this.#pool.clear();
  }

  #begin(protocol: number, address: IPv4, remote: IPv4, now: number): number {
    const slot = this.#pool.take();
    if (slot < 0) return -1;
    this.#protocol[slot] = protocol;
    this.#address[slot] = address;
    this.#remote[slot] = remote;
    this.activity.begin(slot, now);
    this.#index.insert(slot, this.#hash(protocol, remote));
    this.#shares.take(address);
    return slot;
  }

  #hash(protocol: number, remote: IPv4): number {
    return this.#engine.hash.of(remote, protocol, 0);
  }
}

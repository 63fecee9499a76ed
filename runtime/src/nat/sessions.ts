import type { IPv4 } from "../addr/ipv4.ts";
import { ACK, RST } from "../wire/tcp.ts";
import { Activity } from "./activity.ts";
import { BINDING_SLOTS, transportOfSlot } from "./binding-table.ts";
import type { KeyedHash } from "./keyed-hash.ts";
import { type Direction, idleTimeout, isOpen, NEW, nextState } from "./session-state.ts";
import { SlotIndex } from "./slot-index.ts";
import { SlotPool } from "./slot-pool.ts";
import type { Timers } from "./timers.ts";
import { TCP } from "./transport.ts";

export const MAX_SESSIONS = 65536;
/** Sessions that begin with a packet from outside find room up to here: nobody out there can take it all. */
export const MAX_SESSIONS_FROM_OUTSIDE = (MAX_SESSIONS / 4) * 3;
const BUCKETS = 2 * MAX_SESSIONS;

/**
 * The TCP and UDP sessions of bindings and forwards, one for each binding and remote endpoint. They say how long a TCP
 * binding is kept, and who talks to whom. Past the bound a session is not followed; its binding still is, and counts as
 * established when the session may be.
 */
export class Sessions {
  readonly activity = new Activity(MAX_SESSIONS);
  readonly #pool = new SlotPool(MAX_SESSIONS);
  readonly #index = new SlotIndex(BUCKETS, MAX_SESSIONS);
  readonly #hash: KeyedHash;
  /** The slot of the binding. */
  readonly #binding = new Uint32Array(MAX_SESSIONS);
  readonly #remote = new Uint32Array(MAX_SESSIONS);
  readonly #remotePort = new Uint16Array(MAX_SESSIONS);
  readonly #state = new Uint8Array(MAX_SESSIONS);
  // The sessions of a binding are a list: session plus one, 0 at the ends.
  readonly #first = new Uint32Array(BINDING_SLOTS);
  readonly #next = new Uint32Array(MAX_SESSIONS);
  readonly #previous = new Uint32Array(MAX_SESSIONS);
  /** Established sessions by binding. */
  readonly #established = new Uint32Array(BINDING_SLOTS);
  /** Bindings with sessions that are not followed and may be established. */
  readonly #assumed = new Uint8Array(BINDING_SLOTS);

  constructor(hash: KeyedHash) {
    this.#hash = hash;
  }

  get size(): number {
    return this.#pool.size;
  }

  isTaken(session: number): boolean {
    return this.#pool.isTaken(session);
  }

  bindingOf(session: number): number {
    return this.#binding[session] ?? 0;
  }

  remoteOf(session: number): IPv4 {
    return this.#remote[session] ?? 0;
  }

  remotePortOf(session: number): number {
    return this.#remotePort[session] ?? 0;
  }

  stateOf(session: number): number {
    return this.#state[session] ?? 0;
  }

  /** Whether a TCP binding has an established session. */
  isEstablished(binding: number): boolean {
    return (this.#established[binding] ?? 0) > 0 || this.#assumed[binding] === 1;
  }

  /** Takes the binding for established until it ends: it has sessions whose beginning was not seen. */
  assumeEstablished(binding: number): void {
    this.#assumed[binding] = 1;
  }

  /** Follows one packet; `flags` are TCP's control bits. */
  follow(
    binding: number,
    remote: IPv4,
    remotePort: number,
    direction: Direction,
    flags: number,
    bytes: number,
    now: number,
  ): void {
    const hash = this.#hash.of(remote, binding, remotePort);
    let session = this.#find(hash, binding, remote, remotePort);
    if (session < 0) session = this.#begin(hash, binding, remote, remotePort, direction, flags, now);
    if (session < 0) return;
    this.activity.count(session, direction, bytes, now);
    if (binding >>> 16 !== TCP) return;
    const before = this.#state[session] ?? 0;
    const after = nextState(before, direction, flags);
    if (after !== before) this.#become(session, after);
  }

  /** Forgets up to `limit` sessions whose timer has run out; how many. */
  expire(now: number, timers: Timers, limit: number): number {
    let ended = 0;
    let left = this.#pool.size;
    for (let session = 0; left > 0 && ended < limit; session++) {
      if (!this.#pool.isTaken(session)) continue;
      left--;
      const timeout = idleTimeout(
        transportOfSlot(this.#binding[session] ?? 0),
        this.#state[session] ?? 0,
        timers,
      );
      if (now - this.activity.lastActiveAt(session) < timeout) continue;
      this.#end(session);
      ended++;
    }
    return ended;
  }

  /** The binding has ended, and its sessions with it. */
  endOf(binding: number): void {
    for (let entry = this.#first[binding] ?? 0; entry !== 0; entry = this.#first[binding] ?? 0)
      this.#end(entry - 1);
    this.#assumed[binding] = 0;
  }

  #find(hash: number, binding: number, remote: IPv4, remotePort: number): number {
    const index = this.#index;
    for (let bucket = index.home(hash); ; bucket = index.next(bucket)) {
      const session = index.slotAt(bucket);
      if (session < 0) return -1;
      if (
        this.#remote[session] === remote &&
        this.#binding[session] === binding &&
        this.#remotePort[session] === remotePort
      )
        return session;
    }
  }

  #begin(
    hash: number,
    binding: number,
    remote: IPv4,
    remotePort: number,
    direction: Direction,
    flags: number,
    now: number,
  ): number {
    // A reset of what is not known begins nothing.
    if (flags & RST) return -1;
    if (direction === "inbound" && this.#pool.size >= MAX_SESSIONS_FROM_OUTSIDE) return -1;
    const session = this.#pool.take();
    if (session < 0) {
      if (flags & ACK && direction === "outbound") this.assumeEstablished(binding);
      return -1;
    }
    this.#binding[session] = binding;
    this.#remote[session] = remote;
    this.#remotePort[session] = remotePort;
    this.#state[session] = NEW;
    this.activity.begin(session, now);
    this.#index.insert(session, hash);
    const next = this.#first[binding] ?? 0;
    this.#next[session] = next;
    this.#previous[session] = 0;
    if (next !== 0) this.#previous[next - 1] = session + 1;
    this.#first[binding] = session + 1;
    return session;
  }

  #end(session: number): void {
    this.#become(session, NEW);
    this.#index.remove(session);
    const next = this.#next[session] ?? 0;
    const previous = this.#previous[session] ?? 0;
    if (next !== 0) this.#previous[next - 1] = previous;
    if (previous !== 0) this.#next[previous - 1] = next;
    else this.#first[this.#binding[session] ?? 0] = next;
    this.#pool.give(session);
  }

  #become(session: number, state: number): void {
    const change = Number(isOpen(state)) - Number(isOpen(this.#state[session] ?? 0));
    const binding = this.#binding[session] ?? 0;
    this.#established[binding] = (this.#established[binding] ?? 0) + change;
    this.#state[session] = state;
  }
}

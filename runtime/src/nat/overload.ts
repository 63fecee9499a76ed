import type { IPv4 } from "../addr/ipv4.ts";
import { Activity } from "./activity.ts";
import { HOST_LIMIT, PORTS_EXHAUSTED } from "./drops.ts";
import type { Engine } from "./engine.ts";
import { OVERLOAD_PORTS } from "./external-ports.ts";
import { type Direction, idleTimeout, NEW, nextState, TAKEN_OVER } from "./session-state.ts";
import { SlotIndex } from "./slot-index.ts";
import { SlotPool } from "./slot-pool.ts";
import { TCP, type Transport } from "./transport.ts";

export const MAX_OVERLOADED = 65536;
const BUCKETS = 2 * MAX_OVERLOADED;
const PORT_COUNT = OVERLOAD_PORTS.last - OVERLOAD_PORTS.first + 1;

/**
 * Sessions of internal endpoints for which no port was left to bind. Each has a port of OVERLOAD_PORTS that no other has
 * towards its remote endpoint, so that what comes back belongs to one host. RFC 4787 REQ-3 forbids such overloading only
 * while ports are free; RFC 6888 REQ-7 asks that nobody who has a binding loses it for a newcomer.
 */
export class OverloadSessions {
  readonly activity = new Activity(MAX_OVERLOADED);
  readonly #engine: Engine;
  readonly #pool = new SlotPool(MAX_OVERLOADED);
  readonly #byInternal = new SlotIndex(BUCKETS, MAX_OVERLOADED);
  readonly #byExternal = new SlotIndex(BUCKETS, MAX_OVERLOADED);
  readonly #transport = new Uint8Array(MAX_OVERLOADED);
  readonly #address = new Uint32Array(MAX_OVERLOADED);
  readonly #port = new Uint16Array(MAX_OVERLOADED);
  readonly #externalPort = new Uint16Array(MAX_OVERLOADED);
  readonly #remote = new Uint32Array(MAX_OVERLOADED);
  readonly #remotePort = new Uint16Array(MAX_OVERLOADED);
  readonly #state = new Uint8Array(MAX_OVERLOADED);
  /** Sessions by internal endpoint, and by remote endpoint. */
  readonly #ofInternal = new Map<number, number>();
  readonly #ofRemote = new Map<number, number>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get size(): number {
    return this.#pool.size;
  }

  isTaken(session: number): boolean {
    return this.#pool.isTaken(session);
  }

  transportOf(session: number): Transport {
    return this.#transport[session] as Transport;
  }

  addressOf(session: number): IPv4 {
    return this.#address[session] ?? 0;
  }

  portOf(session: number): number {
    return this.#port[session] ?? 0;
  }

  externalPortOf(session: number): number {
    return this.#externalPort[session] ?? 0;
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

  /** Whether an internal endpoint has any: then it must not be bound, which would change the ports of its sessions. */
  has(transport: Transport, address: IPv4, port: number): boolean {
    return this.#pool.size > 0 && this.#ofInternal.has(endpointKey(transport, address, port));
  }

  /** The session between an internal and a remote endpoint, or -1. */
  find(transport: Transport, address: IPv4, port: number, remote: IPv4, remotePort: number): number {
    if (this.#pool.size === 0) return -1;
    const index = this.#byInternal;
    const hash = this.#hashInternal(address, port, remote, remotePort);
    for (let bucket = index.home(hash); ; bucket = index.next(bucket)) {
      const session = index.slotAt(bucket);
      if (session < 0) return -1;
      if (
        this.#address[session] === address &&
        this.#port[session] === port &&
        this.#leadsTo(session, transport, remote, remotePort)
      )
        return session;
    }
  }

  /** The session that a remote endpoint's packets to an external port belong to, or -1. */
  findExternal(transport: Transport, externalPort: number, remote: IPv4, remotePort: number): number {
    if (this.#pool.size === 0) return -1;
    const index = this.#byExternal;
    const hash = this.#engine.hash.of(remote, externalPort, remotePort);
    for (let bucket = index.home(hash); ; bucket = index.next(bucket)) {
      const session = index.slotAt(bucket);
      if (session < 0) return -1;
      if (
        this.#externalPort[session] === externalPort &&
        this.#leadsTo(session, transport, remote, remotePort)
      )
        return session;
    }
  }

  /** Begins a session between endpoints that have none; `isForwarded` tells ports that belong to a forward. Its slot, or a drop code. */
  create(
    transport: Transport,
    address: IPv4,
    port: number,
    remote: IPv4,
    remotePort: number,
    isForwarded: (externalPort: number) => boolean,
    now: number,
  ): number {
    if (this.#engine.isOverHostLimit(address)) return HOST_LIMIT;
    const externalPort = this.#choose(transport, remote, remotePort, isForwarded);
    if (externalPort < 0) return PORTS_EXHAUSTED;
    const session = this.#begin(transport, address, port, externalPort, remote, remotePort, NEW, now);
    if (session < 0) return PORTS_EXHAUSTED;
    this.#engine.fastPath.programSession(transport, address, port, externalPort, remote, remotePort);
    return session;
  }

  /** Takes over a session that the fast path holds, if it is none of two for one thing; whether it did. */
  adopt(
    transport: Transport,
    address: IPv4,
    port: number,
    externalPort: number,
    remote: IPv4,
    remotePort: number,
    now: number,
  ): boolean {
    if (this.find(transport, address, port, remote, remotePort) >= 0) return false;
    if (this.findExternal(transport, externalPort, remote, remotePort) >= 0) return false;
    return this.#begin(transport, address, port, externalPort, remote, remotePort, TAKEN_OVER, now) >= 0;
  }

  /** Follows one packet; `flags` are TCP's control bits. */
  follow(session: number, direction: Direction, flags: number, bytes: number, now: number): void {
    this.activity.count(session, direction, bytes, now);
    if (this.#transport[session] === TCP)
      this.#state[session] = nextState(this.#state[session] ?? 0, direction, flags);
  }

  /** Ends up to `limit` sessions whose timer has run out; how many. The fast path's commit is the caller's. */
  expire(now: number, limit: number): number {
    const { timers } = this.#engine.policy;
    let ended = 0;
    let left = this.#pool.size;
    for (let session = 0; left > 0 && ended < limit; session++) {
      if (!this.#pool.isTaken(session)) continue;
      left--;
      const timeout = idleTimeout(this.transportOf(session), this.#state[session] ?? 0, timers);
      if (now - this.activity.lastActiveAt(session) < timeout) continue;
      this.end(session);
      ended++;
    }
    return ended;
  }

  /** Ends the sessions that match, of which there may be many. */
  endWhere(
    matches: (transport: Transport, address: IPv4, port: number, externalPort: number) => boolean,
  ): void {
    for (let session = 0; session < MAX_OVERLOADED && this.#pool.size > 0; session++) {
      if (!this.#pool.isTaken(session)) continue;
      const transport = this.transportOf(session);
      if (matches(transport, this.addressOf(session), this.portOf(session), this.externalPortOf(session)))
        this.end(session);
    }
  }

  /** Ends a session, in the fast path too once the caller commits. */
  end(session: number): void {
    this.#engine.fastPath.removeSession(
      this.transportOf(session),
      this.addressOf(session),
      this.portOf(session),
      this.externalPortOf(session),
      this.remoteOf(session),
      this.remotePortOf(session),
    );
    this.giveUp(session);
  }

  /** Forgets a session that the fast path does not hold. */
  giveUp(session: number): void {
    const transport = this.transportOf(session);
    count(this.#ofInternal, endpointKey(transport, this.addressOf(session), this.portOf(session)), -1);
    count(this.#ofRemote, endpointKey(transport, this.remoteOf(session), this.remotePortOf(session)), -1);
    this.#engine.shares.give(this.addressOf(session));
    this.#byInternal.remove(session);
    this.#byExternal.remove(session);
    this.#pool.give(session);
  }

  clear(): void {
    this.#ofInternal.clear();
    this.#ofRemote.clear();
    this.#byInternal.clear();
    this.#byExternal.clear();
    this.#pool.clear();
  }

  #begin(
    transport: Transport,
    address: IPv4,
    port: number,
    externalPort: number,
    remote: IPv4,
    remotePort: number,
    state: number,
    now: number,
  ): number {
    const session = this.#pool.take();
    if (session < 0) return -1;
    this.#transport[session] = transport;
    this.#address[session] = address;
    this.#port[session] = port;
    this.#externalPort[session] = externalPort;
    this.#remote[session] = remote;
    this.#remotePort[session] = remotePort;
    this.#state[session] = state;
    this.activity.begin(session, now);
    this.#byInternal.insert(session, this.#hashInternal(address, port, remote, remotePort));
    this.#byExternal.insert(session, this.#engine.hash.of(remote, externalPort, remotePort));
    this.#engine.shares.take(address);
    count(this.#ofInternal, endpointKey(transport, address, port), 1);
    count(this.#ofRemote, endpointKey(transport, remote, remotePort), 1);
    return session;
  }

  /** A port that no session has towards the remote endpoint, from a random start, or -1. */
  #choose(
    transport: Transport,
    remote: IPv4,
    remotePort: number,
    isForwarded: (externalPort: number) => boolean,
  ): number {
    if ((this.#ofRemote.get(endpointKey(transport, remote, remotePort)) ?? 0) >= PORT_COUNT) return -1;
    const start = Math.floor(this.#engine.random() * PORT_COUNT);
    for (let i = 0; i < PORT_COUNT; i++) {
      const port = OVERLOAD_PORTS.first + ((start + i) % PORT_COUNT);
      if (!isForwarded(port) && this.findExternal(transport, port, remote, remotePort) < 0) return port;
    }
    return -1;
  }

  #leadsTo(session: number, transport: Transport, remote: IPv4, remotePort: number): boolean {
    return (
      this.#remote[session] === remote &&
      this.#remotePort[session] === remotePort &&
      this.#transport[session] === transport
    );
  }

  #hashInternal(address: IPv4, port: number, remote: IPv4, remotePort: number): number {
    const { hash } = this.#engine;
    return hash.of(hash.of(address, 0, port), remote, remotePort);
  }
}

/** Transport, address and port as one number below 2^50. */
function endpointKey(transport: Transport, address: IPv4, port: number): number {
  return (transport * 2 ** 32 + address) * 65536 + port;
}

function count(counts: Map<number, number>, key: number, change: number): void {
  const next = (counts.get(key) ?? 0) + change;
  if (next > 0) counts.set(key, next);
  else counts.delete(key);
}

import type { IPv4 } from "../addr/ipv4.ts";
import { ACK, FIN, RST, SYN } from "../wire/tcp.ts";
import type { Timers } from "./timers.ts";

/** Sessions at most, three quarters of the buckets; past that a session shares its binding's fate without a state of its own. */
const BUCKETS = 1 << 17;
const MAX_SESSIONS = (BUCKETS / 4) * 3;

export type Direction = "outbound" | "inbound";

// The state of one session, RFC 7857 section 2 without the states that only a stateful filter would need.
const SYN_OUT = 1;
const SYN_IN = 2;
const FIN_OUT = 4;
const FIN_IN = 8;
const RESET = 16;
const ESTABLISHED = 32;
const BOTH_SYN = SYN_OUT | SYN_IN;
const BOTH_FIN = FIN_OUT | FIN_IN;

/**
 * TCP sessions, one per external port and remote endpoint, in one open-addressed table. They only decide how long a
 * binding is kept: every legal sequence of segments is let through (RFC 5382 REQ-2), simultaneous open too.
 */
export class TcpSessions {
  readonly #state = new Uint8Array(BUCKETS);
  readonly #remote = new Uint32Array(BUCKETS);
  /** External port and remote port, 16 bits each. */
  readonly #ports = new Uint32Array(BUCKETS);
  readonly #lastActive = new Float64Array(BUCKETS);
  /** Established sessions by external port. */
  readonly #established = new Uint32Array(65536);
  /** External ports whose sessions began before this engine did. */
  readonly #assumed = new Uint8Array(65536);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Whether any session of the external port is established. */
  isEstablished(externalPort: number): boolean {
    return (this.#established[externalPort] ?? 0) > 0 || this.#assumed[externalPort] === 1;
  }

  /** Takes the sessions of a port whose beginning was not seen for established until the port is forgotten. */
  assumeEstablished(externalPort: number): void {
    this.#assumed[externalPort] = 1;
  }

  /** The port's binding is gone. Its sessions ended no later: none of them was used after it. */
  forget(externalPort: number): void {
    this.#assumed[externalPort] = 0;
  }

  /** Follows one segment with the control bits `flags`. */
  follow(
    externalPort: number,
    remote: IPv4,
    remotePort: number,
    direction: Direction,
    flags: number,
    now: number,
  ): void {
    const ports = ((externalPort << 16) | remotePort) >>> 0;
    let bucket = hash(remote, ports);
    while (this.#lastActive[bucket] !== 0) {
      if (this.#remote[bucket] === remote && this.#ports[bucket] === ports) break;
      bucket = (bucket + 1) & (BUCKETS - 1);
    }
    if (this.#lastActive[bucket] === 0) {
      if (this.#size === MAX_SESSIONS) return;
      this.#size++;
      this.#remote[bucket] = remote;
      this.#ports[bucket] = ports;
      this.#state[bucket] = 0;
    }
    this.#lastActive[bucket] = now;
    this.#become(bucket, nextState(this.#state[bucket] ?? 0, direction, flags));
  }

  /** Forgets the sessions whose timer has run out. */
  expire(now: number, timers: Timers): void {
    for (let bucket = 0; bucket < BUCKETS && this.#size > 0; bucket++) {
      // Removing moves a later session here, so the bucket is looked at again.
      while (this.#isOver(bucket, now, timers)) this.#remove(bucket);
    }
  }

  clear(): void {
    this.#lastActive.fill(0);
    this.#established.fill(0);
    this.#assumed.fill(0);
    this.#size = 0;
  }

  #isOver(bucket: number, now: number, timers: Timers): boolean {
    const lastActive = this.#lastActive[bucket] ?? 0;
    if (lastActive === 0) return false;
    const state = this.#state[bucket] ?? 0;
    return now - lastActive >= (isOpen(state) ? timers.tcpEstablished : timers.tcpTransitory);
  }

  #become(bucket: number, state: number): void {
    const change = Number(isOpen(state)) - Number(isOpen(this.#state[bucket] ?? 0));
    const port = (this.#ports[bucket] ?? 0) >>> 16;
    this.#established[port] = (this.#established[port] ?? 0) + change;
    this.#state[bucket] = state;
  }

  #remove(bucket: number): void {
    this.#become(bucket, 0);
    this.#size--;
    let hole = bucket;
    for (let probe = (hole + 1) & (BUCKETS - 1); ; probe = (probe + 1) & (BUCKETS - 1)) {
      if (this.#lastActive[probe] === 0) break;
      const home = hash(this.#remote[probe] ?? 0, this.#ports[probe] ?? 0);
      if (((probe - home) & (BUCKETS - 1)) < ((probe - hole) & (BUCKETS - 1))) continue;
      this.#move(probe, hole);
      hole = probe;
    }
    this.#lastActive[hole] = 0;
  }

  #move(from: number, to: number): void {
    this.#state[to] = this.#state[from] ?? 0;
    this.#remote[to] = this.#remote[from] ?? 0;
    this.#ports[to] = this.#ports[from] ?? 0;
    this.#lastActive[to] = this.#lastActive[from] ?? 0;
  }
}

function isOpen(state: number): boolean {
  return (state & (ESTABLISHED | RESET)) === ESTABLISHED && (state & BOTH_FIN) !== BOTH_FIN;
}

/**
 * A reset closes the session, but data after it shows that the reset was not the endpoint's (RFC 7857 section 2.2);
 * a SYN after both FINs starts it anew; a session first seen in its middle counts as established.
 */
function nextState(state: number, direction: Direction, flags: number): number {
  const out = direction === "outbound";
  if (flags & RST) return state | RESET;
  if (flags & SYN) {
    const before = (state & BOTH_FIN) === BOTH_FIN || (state & RESET) !== 0 ? 0 : state;
    return before | (out ? SYN_OUT : SYN_IN);
  }
  let next = state & ~RESET;
  const opening = next & BOTH_SYN;
  if (flags & ACK && (opening === BOTH_SYN || opening === 0)) next |= ESTABLISHED;
  if (flags & FIN) next |= out ? FIN_OUT : FIN_IN;
  return next;
}

function hash(remote: IPv4, ports: number): number {
  let h = remote ^ Math.imul(ports, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) & (BUCKETS - 1);
}

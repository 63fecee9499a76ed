import { ACK, FIN, RST, SYN } from "../wire/tcp.ts";
import type { Timers } from "./timers.ts";
import { TCP, type Transport } from "./transport.ts";

export type Direction = "outbound" | "inbound";

/** How far a session has come, for people: UDP's are always "active". */
export type SessionState = "opening" | "established" | "closing" | "reset" | "active";

/*
 * The TCP state machine of RFC 7857 section 2 (RFC 6146 section 3.5.2 with internal for v6 and external for v4) in five
 * bits. It only decides how long state is kept: every legal sequence of segments is let through (RFC 5382 REQ-2).
 */
const ACK_OUT = 1;
const ACK_IN = 2;
const FIN_OUT = 4;
const FIN_IN = 8;
const RESET = 16;
const BOTH_ACKS = ACK_OUT | ACK_IN;
const BOTH_FINS = FIN_OUT | FIN_IN;

/** Nothing seen yet; also the state of all UDP sessions. */
export const NEW = 0;
/** The state of a session that began before this engine did. */
export const TAKEN_OVER = BOTH_ACKS;

/**
 * The state after one segment with the control bits `flags`. Both sides having acknowledged something is established: by
 * the three-way handshake, by a simultaneous open (RFC 5382 REQ-2a), or first seen in its middle. A reset closes the session, but
 * any other segment after it shows that the reset was not the endpoint's (RFC 7857 section 2.2). A SYN after both FINs or a
 * reset starts the session anew.
 */
export function nextState(state: number, direction: Direction, flags: number): number {
  if (flags & RST) return state | RESET;
  const isOver = (state & RESET) !== 0 || (state & BOTH_FINS) === BOTH_FINS;
  let next = flags & SYN && isOver ? NEW : state & ~RESET;
  const out = direction === "outbound";
  if (flags & ACK) next |= out ? ACK_OUT : ACK_IN;
  if (flags & FIN) next |= out ? FIN_OUT : FIN_IN;
  return next;
}

/** Whether a TCP session is established, also half-closed: neither reset nor closed by both sides. */
export function isOpen(state: number): boolean {
  return (state & (BOTH_ACKS | RESET)) === BOTH_ACKS && (state & BOTH_FINS) !== BOTH_FINS;
}

/** How long a session in this state is kept without packets, in milliseconds (RFC 5382 REQ-5, RFC 4787 REQ-5). */
export function idleTimeout(transport: Transport, state: number, timers: Timers): number {
  if (transport !== TCP) return timers.udp;
  return isOpen(state) ? timers.tcpEstablished : timers.tcpTransitory;
}

export function stateName(transport: Transport, state: number): SessionState {
  if (transport !== TCP) return "active";
  if (state & RESET) return "reset";
  if (state & BOTH_FINS) return "closing";
  return (state & BOTH_ACKS) === BOTH_ACKS ? "established" : "opening";
}

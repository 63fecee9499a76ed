/** How long, in milliseconds, a binding or session without packets is kept. */
export interface Timers {
  udp: number;
  /** A TCP session being opened or closed. */
  tcpTransitory: number;
  tcpEstablished: number;
  icmpQuery: number;
  /** An association of a protocol without ports. */
  association: number;
  /** A port just freed rests for this long before another host gets it (RFC 6888 REQ-8). */
  quarantine: number;
}

const SECOND = 1000;

/** RFC 4787 REQ-5 (5 min recommended), RFC 5382 REQ-5 (at least 4 min and 2 h 4 min), RFC 5508 REQ-2 (at least 60 s), RFC 6888 REQ-8. */
export const DEFAULT_TIMERS: Timers = {
  udp: 300 * SECOND,
  tcpTransitory: 240 * SECOND,
  tcpEstablished: 7440 * SECOND,
  icmpQuery: 60 * SECOND,
  association: 600 * SECOND,
  quarantine: 120 * SECOND,
};

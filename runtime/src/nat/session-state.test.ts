import { expect, test } from "bun:test";
import { ACK, FIN, RST, SYN } from "../wire/tcp.ts";
import { idleTimeout, NEW, nextState, stateName, TAKEN_OVER } from "./session-state.ts";
import { DEFAULT_TIMERS } from "./timers.ts";
import { TCP, UDP } from "./transport.ts";

/** Segments as "> S." (outbound) and "< SA" (inbound), after which the session has a state and a timer. */
const HANDSHAKE = ["> S", "< SA", "> A"];
const ROWS: { name: string; segments: string[]; state: string; established: boolean }[] = [
  { name: "a SYN", segments: ["> S"], state: "opening", established: false },
  { name: "a SYN from outside", segments: ["< S"], state: "opening", established: false },
  {
    name: "half of a handshake, repeated",
    segments: ["> S", "< SA", "< SA"],
    state: "opening",
    established: false,
  },
  { name: "a handshake", segments: HANDSHAKE, state: "established", established: true },
  {
    name: "a handshake from outside",
    segments: ["< S", "> SA", "< A"],
    state: "established",
    established: true,
  },
  {
    name: "simultaneous open (RFC 5382 REQ-2a)",
    segments: ["> S", "< S", "> SA", "< SA"],
    state: "established",
    established: true,
  },
  { name: "one side's word in its middle", segments: ["< A"], state: "opening", established: false },
  { name: "both sides' in its middle", segments: ["< A", "> A"], state: "established", established: true },
  {
    name: "half-closed by the host",
    segments: [...HANDSHAKE, "> FA", "< A"],
    state: "closing",
    established: true,
  },
  {
    name: "half-closed from outside",
    segments: [...HANDSHAKE, "< FA", "> A"],
    state: "closing",
    established: true,
  },
  {
    name: "closed by both",
    segments: [...HANDSHAKE, "> FA", "< FA", "> A"],
    state: "closing",
    established: false,
  },
  { name: "a reset", segments: [...HANDSHAKE, "< R"], state: "reset", established: false },
  { name: "a reset of the host", segments: [...HANDSHAKE, "> RA"], state: "reset", established: false },
  { name: "a refused SYN", segments: ["> S", "< RA"], state: "reset", established: false },
  {
    name: "data after a reset",
    segments: [...HANDSHAKE, "< R", "> A"],
    state: "established",
    established: true,
  },
  {
    name: "a SYN after a reset",
    segments: [...HANDSHAKE, "< R", "> S"],
    state: "opening",
    established: false,
  },
  {
    name: "a SYN after both FINs",
    segments: [...HANDSHAKE, "> FA", "< FA", "> A", "> S"],
    state: "opening",
    established: false,
  },
  {
    name: "a connection after both FINs",
    segments: [...HANDSHAKE, "> FA", "< FA", "> A", ...HANDSHAKE],
    state: "established",
    established: true,
  },
  {
    name: "a SYN in an open session",
    segments: [...HANDSHAKE, "> S"],
    state: "established",
    established: true,
  },
];

const BITS: Record<string, number> = { S: SYN, A: ACK, F: FIN, R: RST };

for (const { name, segments, state, established } of ROWS) {
  test(`RFC 7857 section 2: ${name} is ${state}, kept ${established ? "2 h 4 min" : "4 min"}`, () => {
    let bits = NEW;
    for (const segment of segments) {
      const flags = [...segment.slice(2)].reduce((sum, letter) => sum | BITS[letter]!, 0);
      bits = nextState(bits, segment.startsWith(">") ? "outbound" : "inbound", flags);
    }
    const { tcpEstablished, tcpTransitory } = DEFAULT_TIMERS;
    expect([stateName(TCP, bits), idleTimeout(TCP, bits, DEFAULT_TIMERS)]).toEqual([
      state as "opening",
      established ? tcpEstablished : tcpTransitory,
    ]);
  });
}

test("a session taken over is established, UDP's are active", () => {
  expect([stateName(TCP, TAKEN_OVER), stateName(UDP, NEW), idleTimeout(UDP, NEW, DEFAULT_TIMERS)]).toEqual([
    "established",
    "active",
    DEFAULT_TIMERS.udp,
  ]);
});

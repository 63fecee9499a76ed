import { beforeEach, describe, expect, test } from "bun:test";
import { ACK, RST, SYN } from "../wire/tcp.ts";
import { slotOf } from "./binding-table.ts";
import { KeyedHash } from "./keyed-hash.ts";
import { MAX_SESSIONS, MAX_SESSIONS_FROM_OUTSIDE, Sessions } from "./sessions.ts";
import { DEFAULT_TIMERS } from "./timers.ts";
import { TCP, UDP } from "./transport.ts";

const SERVER = 0xcb007150;
const HTTPS = slotOf(TCP, 443);
const QUIC = slotOf(UDP, 443);

let sessions: Sessions;

beforeEach(() => {
  sessions = new Sessions(new KeyedHash(() => 0.5));
});

const follow = (binding: number, i: number, direction: "outbound" | "inbound", flags: number, now = 1) =>
  sessions.follow(binding, SERVER + (i >>> 8), i & 255, direction, flags, 100, now);

const expire = (now: number) => sessions.expire(now, DEFAULT_TIMERS, MAX_SESSIONS);

test("one per binding and remote endpoint", () => {
  for (const binding of [HTTPS, QUIC, HTTPS])
    for (const i of [1, 2, 256, 1]) follow(binding, i, "outbound", ACK);
  expect(sessions.size).toBe(6);
});

test("bytes are counted by direction, and times kept", () => {
  follow(QUIC, 1, "outbound", 0, 5);
  follow(QUIC, 1, "inbound", 0, 7);
  follow(QUIC, 1, "inbound", 0, 9);
  const session = [...Array(MAX_SESSIONS).keys()].find((slot) => sessions.isTaken(slot))!;
  expect(sessions.activity.report(session)).toEqual({
    created: 5,
    lastActive: 9,
    upBytes: 100,
    downBytes: 200,
  });
});

test("a reset of what is not known begins nothing", () => {
  follow(HTTPS, 1, "inbound", RST);
  expect(sessions.size).toBe(0);
});

test("a binding's end takes its sessions, and only those, and the next one on that port starts from nothing", () => {
  for (let i = 0; i < 100; i++)
    for (const binding of [HTTPS, QUIC])
      for (const direction of ["outbound", "inbound"] as const) follow(binding, i, direction, ACK);
  expect([sessions.size, sessions.isEstablished(HTTPS)]).toEqual([200, true]);
  sessions.endOf(HTTPS);
  expect([sessions.size, sessions.isEstablished(HTTPS)]).toEqual([100, false]);
  follow(HTTPS, 1, "outbound", SYN);
  expire(DEFAULT_TIMERS.udp + 1);
  expect(sessions.size).toBe(0);
});

test("an established session ends later than the others of its binding", () => {
  for (const direction of ["outbound", "inbound"] as const) follow(HTTPS, 1, direction, ACK);
  follow(HTTPS, 2, "outbound", SYN);
  expire(DEFAULT_TIMERS.tcpTransitory);
  expect(sessions.size).toBe(2);
  expire(DEFAULT_TIMERS.tcpTransitory + 1);
  expect([sessions.size, sessions.isEstablished(HTTPS)]).toEqual([1, true]);
  expire(DEFAULT_TIMERS.tcpEstablished + 1);
  expect([sessions.size, sessions.isEstablished(HTTPS)]).toEqual([0, false]);
});

describe("at the bound", () => {
  test("who begins from outside finds room in three quarters, a host in all of it", () => {
    for (let i = 0; i < MAX_SESSIONS; i++) follow(QUIC, i, "inbound", 0);
    expect(sessions.size).toBe(MAX_SESSIONS_FROM_OUTSIDE);
    for (let i = 0; i < 2 * MAX_SESSIONS; i++) follow(QUIC, i, "outbound", 0);
    expect(sessions.size).toBe(MAX_SESSIONS);
  });

  test("sessions that are followed still are; a TCP binding whose session is not counts as established", () => {
    follow(HTTPS, MAX_SESSIONS, "outbound", SYN);
    for (let i = 0; i < MAX_SESSIONS; i++) follow(QUIC, i, "outbound", 0);
    follow(HTTPS, MAX_SESSIONS, "inbound", SYN | ACK);
    expect(sessions.isEstablished(HTTPS)).toBe(false);
    follow(HTTPS, MAX_SESSIONS, "outbound", ACK);
    expect(sessions.isEstablished(HTTPS)).toBe(true);
    const other = slotOf(TCP, 80);
    follow(other, 1, "outbound", SYN);
    follow(other, 1, "inbound", SYN | ACK);
    expect(sessions.isEstablished(other)).toBe(false);
    follow(other, 1, "outbound", ACK);
    expect(sessions.isEstablished(other)).toBe(true);
    sessions.endOf(other);
    expect([sessions.isEstablished(other), sessions.size]).toEqual([false, MAX_SESSIONS]);
  });

  test("all of it empties again, by the timers and by the binding's end", () => {
    for (let i = 0; i < MAX_SESSIONS; i++) follow(QUIC, i, "outbound", 0);
    expire(DEFAULT_TIMERS.udp + 1);
    expect(sessions.size).toBe(0);
    for (let i = 0; i < MAX_SESSIONS; i++) follow(QUIC, i, "outbound", 0);
    sessions.endOf(QUIC);
    expect(sessions.size).toBe(0);
    follow(QUIC, 1, "outbound", 0);
    expect(sessions.size).toBe(1);
  });
});

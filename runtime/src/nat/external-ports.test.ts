import { beforeEach, expect, test } from "bun:test";
import { slotOf } from "./binding-table.ts";
import { ExternalPorts, OVERLOAD_PORTS, ROUTER_PORTS } from "./external-ports.ts";
import { ICMP_QUERY, TCP, type Transport, UDP } from "./transport.ts";

const ALICE = 1;
const BOB = 2;
const QUARANTINE = 1000;

let ports: ExternalPorts;
let dice: number;

beforeEach(() => {
  ports = new ExternalPorts(ROUTER_PORTS);
  dice = 0.37;
});

const random = () => {
  dice = (dice * 9301 + 0.2357) % 1;
  return dice;
};

/** Takes a port for a host, as a binding does. */
function take(transport: Transport, wanted: number, address = ALICE, ignoresRest = false): number {
  const port = ports.choose(transport, wanted, address, ignoresRest, random);
  if (port >= 0) ports.take(slotOf(transport, port));
  return port;
}

const isHeldBack = (port: number) =>
  port === 0 || [...ROUTER_PORTS, OVERLOAD_PORTS].some(({ first, last }) => port >= first && port <= last);

test("every port that is not held back is given once, class by class, parity by parity", () => {
  for (const [wanted, first, last] of [
    [80, 1, 1023],
    [5001, 1024, 65535],
  ] as const) {
    const expected = Array.from({ length: last - first + 1 }, (_, i) => first + i).filter(
      (port) => !isHeldBack(port),
    );
    const taken = expected.map(() => take(UDP, wanted));
    const same = expected.filter((port) => (port & 1) === (wanted & 1)).length;
    expect(taken.slice(0, same).every((port) => (port & 1) === (wanted & 1))).toBe(true);
    expect(taken.toSorted((a, b) => a - b)).toEqual(expected);
    expect(take(UDP, wanted)).toBe(-1);
  }
  expect([take(TCP, 80), take(TCP, 5001)]).toEqual([80, 5001]);
});

test("every ICMP identifier is given once, those of the router's ports too", () => {
  const taken = Array.from({ length: 65536 }, () => take(ICMP_QUERY, 7));
  expect([new Set(taken).size, Math.min(...taken), taken[0], take(ICMP_QUERY, 8)]).toEqual([65536, 0, 7, -1]);
});

test("from each start the search finds the one port that is left", () => {
  for (let port = 1024; port <= 65535; port++) ports.take(slotOf(UDP, port));
  for (const left of [1024, 1055, 1056, 40000, 65535]) {
    ports.rest(slotOf(UDP, left), ALICE, 1);
    ports.wake(1 + QUARANTINE, QUARANTINE);
    for (let i = 0; i < 200; i++) expect(ports.choose(UDP, 2000, BOB, false, random)).toBe(left);
    ports.take(slotOf(UDP, left));
  }
});

test("a port rests for others, not for its last host, nor for one who ignores it", () => {
  take(UDP, 5000);
  ports.rest(slotOf(UDP, 5000), ALICE, 1);
  const choices = () => [ALICE, BOB].map((host) => ports.choose(UDP, 5000, host, false, random) === 5000);
  ports.wake(QUARANTINE, QUARANTINE);
  expect([choices(), ports.choose(UDP, 5000, BOB, true, random)]).toEqual([[true, false], 5000]);
  ports.wake(QUARANTINE + 1, QUARANTINE);
  expect(choices()).toEqual([true, true]);
});

test("however many ports rest, each call wakes few, the oldest first, and in the end all", () => {
  for (let port = 20000; port < 30000; port++) {
    ports.take(slotOf(UDP, port));
    ports.rest(slotOf(UDP, port), ALICE, port);
  }
  // Taken again and out of turn: it must not wake.
  take(UDP, 20500);
  const isFree = (port: number) => ports.choose(UDP, port, BOB, false, random) === port;
  ports.wake(1e6, QUARANTINE);
  expect([isFree(20000), isFree(29999)]).toEqual([true, false]);
  for (let i = 0; i < 10000; i++) ports.wake(1e6, QUARANTINE);
  expect([isFree(20500), isFree(20501), isFree(29999)]).toEqual([false, true, true]);
});

test("a port that is held back and was bound by a forward is not offered afterwards", () => {
  ports.take(slotOf(UDP, 53));
  ports.rest(slotOf(UDP, 53), ALICE, 1);
  ports.wake(QUARANTINE + 1, QUARANTINE);
  expect([ALICE, BOB].map((host) => ports.choose(UDP, 53, host, false, random) === 53)).toEqual([
    false,
    false,
  ]);
});

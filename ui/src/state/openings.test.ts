import { expect, test } from "bun:test";
import type { NatBinding } from "../api/nat.ts";
import { keyOf, listOf, matchingOpenings, openingOrderOf, orderedOpenings } from "./openings-order.ts";

const door = (externalPort: number, part: Partial<NatBinding> = {}): NatBinding => ({
  device: null,
  internalAddress: "192.168.7.9",
  transport: "udp",
  internalPort: externalPort,
  externalPort,
  kind: "dynamic",
  filtering: "open",
  ageMs: 1,
  idleMs: 1,
  upBytes: 1,
  downBytes: 1,
  ...part,
});
const ports = (doors: readonly NatBinding[]) => doors.map(({ externalPort }) => externalPort);

test("each order is what its name says, ports go as numbers, and equals keep their places", () => {
  const doors = [
    door(900, { downBytes: 9, ageMs: 5, idleMs: 8 }),
    door(1000, { ageMs: 2, idleMs: 9 }),
    door(80, { ageMs: 3, idleMs: 7 }),
  ];
  const sorted = (order: string) => ports(orderedOpenings(doors, openingOrderOf(order)));
  expect([sorted("data"), sorted("place"), sorted("newest"), sorted("used"), sorted("sideways")]).toEqual([
    [900, 80, 1000],
    [80, 900, 1000],
    [1000, 80, 900],
    [80, 900, 1000],
    [900, 80, 1000],
  ]);
  expect(orderedOpenings(doors.toReversed(), "data")).toEqual(orderedOpenings(doors, "data"));
});

test("a filter finds every word of it in ports, protocol or the words beside", () => {
  const doors = [door(443, { transport: "tcp" }), door(4430), door(53)];
  const found = (filter: string) => ports(matchingOpenings(doors, filter, () => "Anyone"));
  expect([found("443"), found("443 TCP"), found("anyone 53"), found("nobody"), found(" ")]).toEqual([
    [443, 4430],
    [443],
    [53],
    [],
    [443, 4430, 53],
  ]);
});

test("no two rows have one key, and a word the URL made up means the usual list", () => {
  const session = { remoteAddress: "192.0.2.1", remotePort: 1, state: "active", overloaded: true } as const;
  const { kind: _, filtering: __, ...ends } = door(1);
  const rows = [
    door(1),
    door(1, { transport: "tcp" }),
    { ...ends, ...session },
    { ...ends, ...session, remotePort: 2 },
  ];
  expect(new Set(rows.map(keyOf)).size).toBe(4);
  expect([listOf("doors"), listOf("attic"), listOf(null)]).toEqual(["doors", "connections", "connections"]);
});

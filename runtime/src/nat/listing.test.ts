import { beforeEach, expect, test } from "bun:test";
import { FakeFastPath } from "./fake-fast-path.ts";
import type { AssociationRow, BindingRow, ListFilter, SessionRow } from "./listing.ts";
import { Nat } from "./nat.ts";
import { OPEN } from "./policy.ts";
import { ICMP_QUERY, TCP, UDP } from "./transport.ts";

const ALICE = 0xc0a84d0a;
const BOB = 0xc0a84d0b;
const SERVER = 0xcb007150;

let nat: Nat;

beforeEach(() => {
  nat = new Nat({
    fastPath: new FakeFastPath(),
    random: () => 0.5,
    // One high port for bindings.
    heldBack: [{ first: 1024, last: 65534 }],
    policy: { forwards: [{ transport: TCP, externalPort: 8080, address: ALICE, port: 80 }] },
  });
});

/** All rows, page by page. */
function all<Row>(
  list: (filter: ListFilter, cursor: number, limit: number, visit: (row: Row) => void) => number,
  filter: ListFilter = {},
  limit = 1000,
): Row[] {
  const rows: Row[] = [];
  for (let cursor = 0; cursor >= 0; ) {
    const before = rows.length;
    cursor = list.call(nat, filter, cursor, limit, (row) => rows.push(row));
    expect(rows.length - before).toBeLessThanOrEqual(limit);
  }
  return rows;
}

test("a binding says who it is, since when, and what it carried", () => {
  nat.outbound(UDP, BOB, 500, SERVER, 53, 5);
  nat.touch(UDP, BOB, 500, SERVER, 53, "outbound", 0, 60, 6);
  nat.touch(UDP, BOB, 500, SERVER, 53, "inbound", 0, 1500, 7);
  nat.outbound(UDP, BOB, 500, SERVER, 53, 8);
  expect(all<BindingRow>(nat.listBindings)).toEqual([
    {
      transport: TCP,
      address: ALICE,
      port: 80,
      externalPort: 8080,
      kind: "forward",
      filtering: OPEN,
      created: 1,
      lastActive: 1,
      upBytes: 0,
      downBytes: 0,
    },
    {
      transport: UDP,
      address: BOB,
      port: 500,
      externalPort: 500,
      kind: "dynamic",
      filtering: OPEN,
      created: 5,
      lastActive: 8,
      upBytes: 60,
      downBytes: 1500,
    },
  ]);
});

test("sessions of bindings, forwards and overload sessions", () => {
  nat.outbound(UDP, BOB, 5000, SERVER, 53, 1);
  nat.touch(UDP, BOB, 5000, SERVER, 53, "outbound", 0, 60, 2);
  nat.outbound(UDP, ALICE, 5000, SERVER, 54, 3);
  nat.touch(UDP, ALICE, 5000, SERVER, 54, "inbound", 0, 70, 4);
  nat.touch(TCP, ALICE, 80, SERVER, 999, "inbound", 2, 40, 5);
  const row = { remote: SERVER, created: 3, lastActive: 4, upBytes: 0, downBytes: 0 };
  expect(all<SessionRow>(nat.listSessions).toSorted((a, b) => a.created - b.created)).toEqual([
    {
      ...row,
      transport: UDP,
      address: BOB,
      port: 5000,
      externalPort: 65535,
      remotePort: 53,
      state: "active",
      overloaded: false,
      created: 2,
      lastActive: 2,
      upBytes: 60,
    },
    {
      ...row,
      transport: UDP,
      address: ALICE,
      port: 5000,
      externalPort: 14848,
      remotePort: 54,
      state: "active",
      overloaded: true,
      downBytes: 70,
    },
    {
      ...row,
      transport: TCP,
      address: ALICE,
      port: 80,
      externalPort: 8080,
      remotePort: 999,
      state: "opening",
      overloaded: false,
      created: 5,
      lastActive: 5,
      downBytes: 40,
    },
  ]);
});

test("associations, with a host or all", () => {
  nat.associate(47, ALICE, SERVER, 3);
  nat.touchAssociation(47, ALICE, SERVER, 4);
  nat.associate(50, BOB, SERVER, 5);
  expect([
    all<AssociationRow>(nat.listAssociations).length,
    all<AssociationRow>(nat.listAssociations, { host: ALICE }),
  ]).toEqual([2, [{ protocol: 47, address: ALICE, remote: SERVER, created: 3, lastActive: 4 }]]);
});

test("a filter by host and by transport leaves the others out, whatever the page size", () => {
  for (const transport of [TCP, UDP, ICMP_QUERY])
    for (const host of [ALICE, BOB])
      for (let port = 0; port < 5; port++) {
        nat.outbound(transport, host, 200 + port, SERVER, 53, 2);
        if (transport !== ICMP_QUERY)
          nat.touch(transport, host, 200 + port, SERVER, 53, "outbound", 16, 60, 2);
      }
  for (const limit of [1, 2, 7, 1000]) {
    expect(all<BindingRow>(nat.listBindings, {}, limit).length).toBe(31);
    for (const transport of [TCP, UDP, ICMP_QUERY])
      for (const host of [ALICE, BOB]) {
        const filter = { transport, host };
        const isForward = transport === TCP && host === ALICE;
        const fits = (row: { transport: number; address: number }) =>
          row.transport === transport && row.address === host;
        const bindings = all<BindingRow>(nat.listBindings, filter, limit);
        const sessions = all<SessionRow>(nat.listSessions, filter, limit);
        expect([bindings.length, sessions.length, [...bindings, ...sessions].every(fits)]).toEqual([
          isForward ? 6 : 5,
          transport === ICMP_QUERY ? 0 : 5,
          true,
        ]);
      }
  }
});

test("a call that finds nothing looks at a bounded number of slots", () => {
  nat.outbound(ICMP_QUERY, ALICE, 65535, SERVER, 0, 1);
  let calls = 0;
  for (let cursor = 0; cursor >= 0; calls++)
    cursor = nat.listBindings({ host: SERVER }, cursor, 1000, () => {
      throw new Error("nobody's");
    });
  expect(calls).toBe(3);
});

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import type { Mac } from "../../runtime/src/addr/mac.ts";
import { DhcpServer } from "../../runtime/src/dhcp/server.ts";
import type { DhcpSettings } from "../../runtime/src/dhcp/settings.ts";
import { type DhcpMessage, emitDhcp, parseDhcp } from "../../runtime/src/wire/dhcp/message.ts";

const RUNS = { numRuns: 3000 };
const captured = readFileSync(new URL("../fixtures/dhcp/clients.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => Uint8Array.fromHex(line.split(" ")[2]!));

const RESERVATION = { mac: "02:00:5e:00:00:03" as Mac, address: 0xc0a84d66 };
const SETTINGS: DhcpSettings = {
  server: { address: 0xc0a84d01, length: 24 },
  first: 0xc0a84d64,
  last: 0xc0a84d69,
  leaseSeconds: 60,
  domain: "lan",
  dns: [0xc0a84d01],
  reservations: [RESERVATION],
};

const word = fc.integer({ min: 0, max: 0xffffffff });
/** Mostly addresses that matter here. */
const address = fc.oneof(
  fc.integer({ min: 0xc0a84d60, max: 0xc0a84d6c }),
  fc.constantFrom(0, 0xc0a84d01, 0xffffffff),
  word,
);
const mac = fc.integer({ min: 1, max: 9 }).map((n) => `02:00:5e:00:00:0${n}` as Mac);

const options = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 254 }), fc.uint8Array({ maxLength: 40 })), { maxLength: 8 })
  .map((entries) => new Map(entries.filter(([code]) => code !== 52)));

const message: fc.Arbitrary<DhcpMessage> = fc.record({
  op: fc.constantFrom(1, 2),
  hops: fc.nat(255),
  xid: word,
  secs: fc.nat(0xffff),
  broadcast: fc.boolean(),
  ciaddr: address,
  yiaddr: address,
  siaddr: address,
  giaddr: address,
  chaddr: mac,
  options,
});

/** A captured message with some of its bytes changed, and cut somewhere. */
const mutilated = fc
  .tuple(
    fc.constantFrom(...captured),
    fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 12 }),
    fc.integer({ min: 200, max: 400 }),
  )
  .map(([bytes, changes, length]) => {
    const copy = bytes.slice(0, length);
    for (const [offset, value] of changes) copy[offset % copy.length] = value;
    return copy;
  });

test("any bytes are a message or a fault", () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 700 }), mutilated), (bytes) => {
      const parsed = parseDhcp(bytes);
      return typeof parsed === "string" || typeof parsed === "object";
    }),
    RUNS,
  );
});

test("any message survives writing and reading", () => {
  fc.assert(
    fc.property(message, (given) => {
      expect(parseDhcp(emitDhcp(given, 1472))).toEqual(given);
    }),
    RUNS,
  );
});

const bytes4 = (value: number) => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);

/** What a client, well-meaning or not, may send next, and the milliseconds until then. */
const step = fc
  .record({
    chaddr: mac,
    type: fc.integer({ min: 0, max: 9 }),
    wanted: address,
    ciaddr: address,
    giaddr: fc.constantFrom(0, 0, 0, 0xc0a84d02, 1),
    chosen: fc.constantFrom(undefined, SETTINGS.server.address, 1),
    id: fc.constantFrom(undefined, 1, 2),
    wait: fc.nat(40_000),
    extra: options,
  })
  .map(({ chaddr, type, wanted, ciaddr, giaddr, chosen, id, wait, extra }) => {
    const all = new Map([...extra, [53, Uint8Array.of(type)] as const, [50, bytes4(wanted)] as const]);
    if (chosen !== undefined) all.set(54, bytes4(chosen));
    else all.delete(54);
    if (id !== undefined) all.set(61, Uint8Array.of(1, id));
    return { wait, chaddr, giaddr, ciaddr, options: all };
  });

test("whatever clients do, an address is one client's at a time and comes from the plan", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), message, (steps, base) => {
      const server = new DhcpServer(SETTINGS, []);
      let now = 0;
      for (const { wait, ...fields } of steps) {
        now += wait;
        const before = server.leases();
        const { granted, reply } = server.receive({ ...base, op: 1, ...fields }, now);
        if (reply !== undefined) expect(parseDhcp(reply.bytes)).toBeObject();
        if (granted === undefined) continue;
        const holder = before.find(({ address, expires }) => address === granted.address && expires > now);
        expect(holder?.mac ?? granted.mac).toBe(granted.mac);
        expect(granted.address >= SETTINGS.first && granted.address <= SETTINGS.last).toBe(true);
        if (granted.address === RESERVATION.address) expect(granted.mac).toBe(RESERVATION.mac);
      }
      const leases = server.leases();
      expect(new Set(leases.map((lease) => lease.address)).size).toBe(leases.length);
      expect(new Set(leases.map((lease) => lease.client)).size).toBe(leases.length);
    }),
    { numRuns: 500 },
  );
});

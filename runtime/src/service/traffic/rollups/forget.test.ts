import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HOUR } from "../../../traffic/history/ticks.ts";
import type { RollupStore, SecondSums } from "./rollup-store.ts";
import { macOf, newFolder, openStore, START } from "./store.fixture.ts";

const [PHONE, TV] = [1, 2];
const HOURS = 60;
/** Each device's remotes have a prefix of their own, IPv4 and IPv6. */
const prefixOf = (device: number) => [0xc6336400 + device * 0x100, 0x20010db8 + (device << 8)] as const;

function rowsOf(at: number, device: number): SecondSums[] {
  const [ipv4, ipv6] = prefixOf(device);
  return Array.from({ length: 40 }, (_, i) => ({
    tick: START + at * HOUR + i * 700,
    device: macOf(device),
    remote: Uint32Array.from(i % 2 === 0 ? [0, 0, 0xffff, ipv4 + i] : [ipv6, at, i, 1]),
    upBytes: 100_000 + i,
    downBytes: 7_000_000,
    upPackets: 900,
    downPackets: 5000,
  }));
}

function filled(folder: string): RollupStore {
  const store = openStore(folder, { keepSecondsDays: 1, keepMinutesDays: 2 });
  for (let at = 0; at < HOURS; at++) {
    store.append([...rowsOf(at, PHONE), ...rowsOf(at, TV)], at);
    // The clock jumps: pages in the middle are split, and keep bytes of what moved to others.
    store.append([...rowsOf((at * 17) % HOURS, PHONE), ...rowsOf((at * 29) % HOURS, TV)], at);
    store.keep("analysis", JSON.stringify({ at, seen: `phone ${"p".repeat(9000)}` }));
    store.expire(START + at * HOUR);
  }
  return store;
}

/** In how many places of the folder's files the bytes are. */
function found(folder: string, bytes: Uint8Array): number {
  let count = 0;
  for (const name of readdirSync(folder)) {
    const file = readFileSync(join(folder, name));
    for (let at = file.indexOf(bytes); at >= 0; at = file.indexOf(bytes, at + 1)) count++;
  }
  return count;
}

function traces(folder: string, device: number): number[] {
  const [ipv4, ipv6] = prefixOf(device);
  const mac = Buffer.alloc(8);
  mac.writeBigUInt64BE(BigInt(macOf(device)));
  // The last byte of an IPv4 address differs; the length of the remote stands before it.
  return [
    found(folder, Uint8Array.of(4, ipv4 >>> 24, ipv4 >>> 16, ipv4 >>> 8)),
    found(folder, Uint8Array.of(16, ipv6 >>> 24, ipv6 >>> 16, ipv6 >>> 8)),
    found(folder, mac.subarray(2)),
  ];
}

const ALL = { from: START, to: START + HOURS * HOUR, by: "device" } as const;

test("a device that is forgotten leaves no byte in any file, and the others keep theirs", () => {
  const folder = newFolder();
  const store = filled(folder);
  const before = store.totals(ALL);
  writeFileSync(join(folder, "rollups.sqlite.damaged"), readFileSync(join(folder, "rollups.sqlite")));
  expect(traces(folder, PHONE).every((count) => count > 0)).toBe(true);
  store.keep("analysis", undefined);
  expect(store.forget(macOf(PHONE))).toBe(true);
  expect([traces(folder, PHONE), found(folder, Buffer.from("pppp"))]).toEqual([[0, 0, 0], 0]);
  expect(store.totals(ALL)).toEqual(before.filter(({ device }) => device === macOf(TV)));
  expect(traces(folder, TV).every((count) => count > 0)).toBe(true);
  expect([
    store.append(rowsOf(HOURS, PHONE), HOURS),
    store.totals({ ...ALL, to: ALL.to + HOUR }).length,
  ]).toEqual([true, 2]);
});

test("a forgetting that was interrupted is finished when the file is opened next", () => {
  const folder = newFolder();
  filled(folder).close();
  const database = new Database(join(folder, "rollups.sqlite"));
  for (const table of ["fresh", "seconds", "minutes", "hours", "devices"])
    database.run(`DELETE FROM ${table}`);
  database.run("INSERT INTO kept VALUES ('forgetting', '')");
  database.close();
  expect(traces(folder, PHONE).some((count) => count > 0)).toBe(true);
  openStore(folder);
  expect([...traces(folder, PHONE), ...traces(folder, TV)]).toEqual([0, 0, 0, 0, 0, 0]);
});

test("when all is forgotten, the files have next to nothing, but the position", () => {
  const folder = newFolder();
  const store = filled(folder);
  store.keep("analysis", undefined);
  expect([store.forget(), store.totals(ALL), store.position]).toEqual([true, [], HOURS - 1]);
  expect([...traces(folder, PHONE), ...traces(folder, TV)]).toEqual([0, 0, 0, 0, 0, 0]);
  expect(store.bytes).toBeLessThan(60_000);
});

test("files are the router's only", () => {
  const folder = newFolder();
  filled(folder);
  const modes = [folder, ...readdirSync(folder).map((name) => join(folder, name))].map(
    (path) => statSync(path).mode & 0o077,
  );
  expect(modes.every((mode) => mode === 0)).toBe(true);
});

import { expect, test } from "bun:test";
import { NO_PAIR, PairTable } from "./pair-table.ts";

const remote = (number: number) => Uint32Array.of(0x20010db8, number % 3, 0, number);

test("pairs are found after others were added and removed, in any order", () => {
  const table = new PairTable(700, 4);
  const rows = new Map<string, number>();
  for (let round = 0; round < 5000; round++) {
    const [device, number] = [round % 4, (round * 7919) % 173];
    const key = `${device} ${number}`;
    const row = rows.get(key);
    expect(table.find(device, remote(number))).toBe(row ?? NO_PAIR);
    if (row === undefined) rows.set(key, table.add(device, remote(number)));
    else if (round % 3 === 0) {
      table.remove(row);
      rows.delete(key);
    }
  }
  expect(table.size).toBe(rows.size);
  expect(rows.size).toBeGreaterThan(300);
  for (const [key, row] of rows) {
    const [device = 0, number = 0] = key.split(" ").map(Number);
    expect(table.find(device, remote(number))).toBe(row);
  }
  expect([0, 1, 2, 3].reduce((sum, device) => sum + table.pairsOf(device), 0)).toBe(rows.size);
});

test("the same remote is another pair for another device and the other way round", () => {
  const table = new PairTable(4, 2);
  const pairs = [table.add(0, remote(1)), table.add(1, remote(1)), table.add(0, remote(2))];
  expect(new Set(pairs).size).toBe(3);
  expect([table.find(0, remote(1)), table.find(1, remote(1)), table.find(0, remote(2))]).toEqual(pairs);
});

test("a full table takes no more until one leaves", () => {
  const table = new PairTable(2, 1);
  const first = table.add(0, remote(1));
  table.add(0, remote(2));
  expect(table.add(0, remote(3))).toBe(NO_PAIR);
  table.remove(first);
  expect(table.add(0, remote(3))).toBe(first);
});

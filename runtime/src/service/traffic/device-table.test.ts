import { expect, test } from "bun:test";
import { DeviceTable } from "./device-table.ts";

const HOUR = 36_000;
const START = 17_000_000_000;

test("a device keeps its number, and numbers beyond the table's are one", () => {
  const table = new DeviceTable(3);
  const numbers = [11, 12, 13, 11, 14].map((mac) => table.seen(mac, START));
  expect([numbers, [1, 2, 0].map((number) => table.mac(number)), table.number(13)]).toEqual([
    [1, 2, 0, 1, 0],
    [11, 12, 0],
    undefined,
  ]);
});

test("the number of a device that was silent for more than a day is another's", () => {
  const table = new DeviceTable(3);
  table.seen(11, START);
  table.seen(12, START + 20 * HOUR);
  const early = table.seen(13, START + 24 * HOUR + 600);
  const late = table.seen(13, START + 24 * HOUR + 601);
  expect([early, late, table.mac(1), table.number(11)]).toEqual([0, 1, 13, undefined]);
});

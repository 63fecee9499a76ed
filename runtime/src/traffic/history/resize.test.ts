import { expect, test } from "bun:test";
import { TrafficHistory } from "./history.ts";
import type { Series } from "./query.ts";
import { HOUR, MINUTE, SECOND } from "./ticks.ts";

const MEGABYTE = 1024 * 1024;
const START = 17_000_000_400;
const DEVICES = 16;

function server(number: number): Uint32Array {
  return Uint32Array.of(0, 0, 0xffff, 0xcb007100 + number);
}

/** Bytes that differ from tick to tick, so that none is like another. */
function stream(history: TrafficHistory, from: number, to: number, device = 0): void {
  for (let at = from; at < to; at++)
    history.add(START + at, device, server(device), 1000 + (at % 977), 100_000 + ((at * 7) % 9973), 12, 80);
}

/** All that a history says of a range, in steps. */
function told(history: TrafficHistory, from: number, to: number, step: number): number[][] {
  const series = history.series({ from: START + from, to: START + to, step });
  return SUMS.map((sum) => Array.from(series[sum]));
}
const SUMS = ["upBytes", "downBytes", "upPackets", "downPackets"] as const satisfies (keyof Series)[];

test("a larger budget keeps all there is, and what comes then goes on from it", () => {
  const [resized, whole] = [new TrafficHistory(MEGABYTE, DEVICES), new TrafficHistory(8 * MEGABYTE, DEVICES)];
  for (const history of [resized, whole]) for (const device of [0, 1]) stream(history, 0, 3000, device);
  resized.resize(8 * MEGABYTE);
  for (const history of [resized, whole]) stream(history, 3000, HOUR);
  const since = resized.stats();
  expect({ ...since, bytesUsed: 0 }).toEqual({ ...whole.stats(), bytesUsed: 0 });
  for (const step of [1, SECOND, MINUTE])
    expect(told(resized, 0, HOUR, step)).toEqual(told(whole, 0, HOUR, step));
});

test("a smaller budget gives up the oldest detail first, and no sums", () => {
  const [resized, whole] = [
    new TrafficHistory(8 * MEGABYTE, DEVICES),
    new TrafficHistory(8 * MEGABYTE, DEVICES),
  ];
  for (const history of [resized, whole]) stream(history, 0, 12 * HOUR);
  resized.resize(MEGABYTE);
  const { oldest100ms, oldest, bytesUsed, lostBytes } = resized.stats();
  expect([oldest, bytesUsed <= MEGABYTE, lostBytes]).toEqual([START, true, 0]);
  expect(told(resized, 0, 12 * HOUR, MINUTE)).toEqual(told(whole, 0, 12 * HOUR, MINUTE));
  const detail = oldest100ms - START;
  expect(detail > 0 && detail < 12 * HOUR - MINUTE).toBe(true);
  expect(told(resized, detail, 12 * HOUR, 1)).toEqual(told(whole, detail, 12 * HOUR, 1));
  for (const history of [resized, whole]) stream(history, 12 * HOUR, 13 * HOUR);
  expect(told(resized, 0, 13 * HOUR, MINUTE)).toEqual(told(whole, 0, 13 * HOUR, MINUTE));
});

test("where remotes find no room, what is older than the traffic of those that do is given up", () => {
  const history = new TrafficHistory(16 * MEGABYTE, DEVICES);
  const remotes = 3000;
  for (let i = 0; i < remotes; i++) history.add(START + i * SECOND, i % DEVICES, server(i), 100, 1000, 1, 2);
  history.resize(MEGABYTE);
  const { oldest, pairs, lostBytes } = history.stats();
  const kept = START + remotes * SECOND - oldest;
  expect([oldest % MINUTE, pairs * SECOND, lostBytes]).toEqual([0, kept, 0]);
  expect(pairs > 200 && pairs < 256).toBe(true);
  const range = { from: oldest, to: START + remotes * SECOND };
  expect(history.totals({ ...range, by: "pair" })).toHaveLength(pairs);
  // The rest of the past is nowhere in part.
  expect(history.totals({ from: START, to: oldest, by: "device" })).toEqual([]);
});

test("where the minute under way has more remotes than there is room for, the history begins anew", () => {
  const history = new TrafficHistory(16 * MEGABYTE, DEVICES);
  for (let i = 0; i < 3000; i++) history.add(START + 3, i % DEVICES, server(i), 100, 1000, 1, 2);
  history.resize(MEGABYTE);
  history.add(START + 4, 1, server(1), 7, 70, 1, 1);
  const { oldest, pairs } = history.stats();
  expect([oldest, pairs, told(history, 0, MINUTE, MINUTE)[0]]).toEqual([START + 4, 1, [7]]);
});

test("too little for the devices there may be is refused, and all stays", () => {
  const history = new TrafficHistory(MEGABYTE, DEVICES);
  stream(history, 0, 100);
  const before = [history.stats(), told(history, 0, 100, 1)];
  expect(() => history.resize(1000)).toThrow(RangeError);
  expect([history.stats(), told(history, 0, 100, 1)]).toEqual(before as never);
});

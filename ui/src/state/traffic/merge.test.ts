import { expect, test } from "bun:test";
import type { Mac } from "@gatehouse/runtime/addr/mac.ts";
import type { TrafficTotal } from "../../api/traffic.ts";
import { mergedSeries, mergedTotals, statisticsOf } from "./merge.ts";

const mac = (n: number) => ({ device: `00:00:00:00:00:0${n}` as Mac });
const total = (n: number, down: number): TrafficTotal => ({
  key: mac(n),
  up: 1,
  down,
  upPackets: 1,
  downPackets: 2,
});
const series = (n: number, down: number[]) => ({
  from: 0,
  step: 500,
  groups: [{ key: mac(n), up: down.map(() => 0), down, upPackets: down, downPackets: down }],
});

test("answers for several addresses become one, group by group", () => {
  const merged = mergedSeries("device", [series(1, [1, 2]), series(2, [5, 5]), series(1, [10, 20])]);
  expect(merged.groups.map(({ key, down }) => [key.device?.at(-1), down])).toEqual([
    ["1", [11, 22]],
    ["2", [5, 5]],
  ]);
  expect(
    mergedTotals("device", [[total(1, 3)], [total(2, 9), total(1, 1)]]).map(({ down, upPackets }) => [
      down,
      upPackets,
    ]),
  ).toEqual([
    [9, 1],
    [4, 2],
  ]);
});

test("statistics of a series: bytes per second of its steps", () => {
  const { down, downPackets, step } = statisticsOf(series(1, [...Array(19).fill(100), 1000]), 10_000);
  expect({ ...down, downPackets, step }).toEqual({
    total: 2900,
    mean: 290,
    peak: 2000,
    peakAt: 9500,
    percentile95: 200,
    downPackets: 2900,
    step: 500,
  });
});

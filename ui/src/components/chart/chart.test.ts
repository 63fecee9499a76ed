import { describe, expect, test } from "bun:test";
import { rollingMean } from "./rolling-mean.ts";
import { ease, fitting, step } from "./span.ts";

describe("the mirrored chart's span", () => {
  test("leaves room above the peak, gives the lesser half a third, and does not magnify silence", () => {
    expect([fitting(1_000_000, 10_000), fitting(0, 0)]).toEqual([
      { down: 1_120_000, up: 336_000 },
      { down: 16_800, up: 16_800 },
    ]);
  });

  test("grows fast, shrinks slowly and never passes its aim", () => {
    const small = { down: 100, up: 100 };
    const large = { down: 200, up: 200 };
    const grown = ease(small, large, 100).down;
    const shrunk = ease(large, small, 100).down;
    expect([grown > 160, shrunk > 160, ease(small, large, 1e9), ease(small, large, 0)]).toEqual([
      true,
      true,
      large,
      small,
    ]);
  });

  test("levels are round", () => {
    expect([100_000, 105_300, 300_000, 999_999, 54_000_000].map(step)).toEqual([
      50_000, 100_000, 200_000, 500_000, 50_000_000,
    ]);
  });
});

test("a rolling mean keeps a steady rate, spreads a spike, and does not reach over a gap", () => {
  expect([rollingMean([8, 8, 8]), rollingMean([0, 0, 9]), rollingMean([4, null, 8])]).toEqual([
    [8, 8, 8],
    [3, 3, 3],
    [4, null, 8],
  ]);
});

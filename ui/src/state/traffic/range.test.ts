import { describe, expect, test } from "bun:test";
import {
  anchorOf,
  DAY,
  finestAt,
  HOUR,
  inTicks,
  MINUTE,
  panned,
  resized,
  SECOND,
  stepFor,
  windowFor,
  zoomed,
} from "./range.ts";

const NOW = 1_800_000_000_000;
const bounds = { from: NOW - DAY, to: NOW };
const hour = { from: NOW - 2 * HOUR, to: NOW - HOUR };

describe("zooming", () => {
  test("the time under the pointer stays where it is", () => {
    const at = hour.from + HOUR / 4;
    const near = zoomed(hour, 0.5, at, bounds);
    expect([(at - near.from) / (near.to - near.from), near.to - near.from]).toEqual([0.25, HOUR / 2]);
  });

  test("ends at one tick and at all there is, and never leaves what there is", () => {
    expect([
      zoomed(hour, 1e-9, hour.from, bounds),
      zoomed(hour, 1e9, hour.to, bounds),
      zoomed({ from: NOW - HOUR, to: NOW }, 2, NOW - HOUR, bounds),
    ]).toEqual([{ from: hour.from, to: hour.from + 100 }, bounds, { from: NOW - 2 * HOUR, to: NOW }]);
  });

  test("near the right edge of what happens now that edge is meant, and nowhere else", () => {
    const range = { from: 0, to: 1000 };
    expect([anchorOf(range, 0.97, true), anchorOf(range, 0.97, false), anchorOf(range, 0.5, true)]).toEqual([
      1000, 970, 500,
    ]);
  });
});

test("moving stops at either end and keeps the length; a new length keeps the middle", () => {
  expect([
    panned(hour, 0.5, bounds),
    panned(hour, 9, bounds),
    panned(hour, -99, bounds),
    resized(hour, 2 * MINUTE, bounds),
    resized(hour, 3 * HOUR, bounds),
  ]).toEqual([
    { from: NOW - 1.5 * HOUR, to: NOW - HOUR / 2 },
    { from: NOW - HOUR, to: NOW },
    { from: NOW - DAY, to: NOW - 23 * HOUR },
    { from: NOW - 91 * MINUTE, to: NOW - 89 * MINUTE },
    { from: NOW - 3 * HOUR, to: NOW },
  ]);
});

test("steps are as fine as the pixels show and what is known allows, whole minutes where ranges are long", () => {
  expect([
    stepFor(SECOND, 1140),
    stepFor(5 * MINUTE, 1140),
    stepFor(5 * MINUTE, 360),
    stepFor(HOUR, 1140),
    stepFor(DAY, 1140),
    stepFor(DAY, 1140, MINUTE),
    stepFor(SECOND, 1140, MINUTE),
    stepFor(365 * DAY, 1140),
  ]).toEqual([100, 500, 2000, 5000, 2 * MINUTE, 2 * MINUTE, MINUTE, 12 * HOUR]);
});

test("what is asked for begins and ends at whole steps, with half a screen to spare, and not after now", () => {
  expect([windowFor({ from: 10_000, to: 20_000 }, 300, { from: 0, to: 99_950 })]).toEqual([
    { from: 4_800, to: 25_200 },
  ]);
  expect(windowFor({ from: 90_000, to: 99_950 }, 300, { from: 89_950, to: 99_950 })).toEqual({
    from: 89_700,
    to: 100_000,
  });
  expect(windowFor({ from: 1_000, to: 2_000 }, 100, { from: 50_000, to: 99_950 })).toEqual({
    from: 1_000,
    to: 2_500,
  });
  expect([inTicks({ from: 149, to: 201 }), inTicks({ from: 149, to: 149 })]).toEqual([
    { from: 100, to: 300 },
    { from: 100, to: 200 },
  ]);
});

test("how fine things are known depends on how long ago they were", () => {
  const known = { oldest100ms: NOW - HOUR, oldestSecond: NOW - DAY, oldestMinute: NOW - 9 * DAY };
  const nothing = { oldest100ms: 0, oldestSecond: 0, oldestMinute: 0 };
  const justStarted = { oldest100ms: NOW - MINUTE, oldestSecond: NOW - MINUTE, oldestMinute: NOW - MINUTE };
  const onlySeconds = { oldest100ms: NOW - HOUR, oldestSecond: NOW - DAY, oldestMinute: 0 };
  expect([
    finestAt(NOW - 1, known),
    finestAt(NOW - 2 * HOUR, known),
    finestAt(NOW - 2 * DAY, known),
    finestAt(NOW - 20 * DAY, known),
    finestAt(NOW, nothing),
    finestAt(NOW - 5 * MINUTE, justStarted),
    finestAt(NOW - 2 * DAY, onlySeconds),
  ]).toEqual([100, SECOND, MINUTE, MINUTE, 100, 100, SECOND]);
});

import { expect, test } from "bun:test";
import { HOUR, MINUTE, SECOND } from "./ticks.ts";
import { MAX_SEGMENTS, Timeline } from "./timeline.ts";

const START = 17_000_000_123;

/** A timeline that was told the ticks, given from START on. */
function told(...ticks: number[]): Timeline {
  const timeline = new Timeline();
  for (const tick of ticks) timeline.advance(START + tick);
  return timeline;
}

test("time that goes on is recorded as it is", () => {
  const timeline = told(0);
  const first = timeline.now;
  expect([1, 1, 7, HOUR].map((tick) => timeline.advance(START + tick) - first)).toEqual([1, 1, 7, HOUR]);
  expect(timeline.clockOf(timeline.now)).toBe(START + HOUR);
});

test("a clock that goes back by up to a second stands still meanwhile", () => {
  const timeline = told(0, 100);
  const latest = timeline.now;
  expect([90, 95, 100, 101].map((tick) => timeline.advance(START + tick) - latest)).toEqual([0, 0, 0, 1]);
});

test.each([
  ["back", -SECOND - 1],
  ["far back", -100 * HOUR],
  ["on by more than an hour", HOUR + 1],
  ["years on", 300_000_000],
])("a clock set %s begins a segment in a minute of its own", (_, step) => {
  const timeline = told(0);
  const before = timeline.now;
  const after = timeline.advance(START + step);
  expect(Math.floor(after / MINUTE)).toBe(Math.floor(before / MINUTE) + 1);
  expect(after % MINUTE).toBe((START + step) % MINUTE);
  expect([timeline.clockOf(before), timeline.clockOf(after)]).toEqual([START, START + step]);
});

test("an hour that the clock showed twice is found twice", () => {
  const timeline = told(0, HOUR, HOUR / 2);
  const found = timeline.between(START + HOUR / 2, START + HOUR).map(({ start, end }) => end - start);
  expect(found).toEqual([HOUR / 2, 1]);
  expect(timeline.between(START - HOUR, START - MINUTE)).toEqual([]);
});

test("with too many segments, the oldest is forgotten", () => {
  const ticks = Array.from({ length: MAX_SEGMENTS + 1 }, (_, i) => i * 2 * HOUR);
  const timeline = told(...ticks);
  expect(timeline.between(START, START + 1)).toEqual([]);
  expect(timeline.between(START + 2 * HOUR, START + 2 * HOUR + 1)).toHaveLength(1);
  expect(timeline.clockOf(timeline.start)).toBeLessThanOrEqual(START + 2 * HOUR);
});

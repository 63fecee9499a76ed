import { expect, test } from "bun:test";
import { lengthOf, RecordedTime } from "./recorded-time.ts";
import { HOUR } from "./ticks.ts";

const START = 17_000_000_000;

function recorded(...stretches: [from: number, to: number][]): RecordedTime {
  const time = new RecordedTime();
  for (const [from, to] of stretches) for (let tick = from; tick < to; tick++) time.add(START + tick);
  return time;
}

/** From START on, of the hour before and the hour after it. */
const told = (time: RecordedTime) =>
  time.within(START - HOUR, START + HOUR).map(({ from, to }) => [from - START, to - START]);

test("what was recorded is told within the range that is asked for", () => {
  const time = recorded([0, 50], [200, 300]);
  expect(told(time)).toEqual([
    [0, 50],
    [200, 300],
  ]);
  expect(time.within(START + 40, START + 210)).toEqual([
    { from: START + 40, to: START + 50 },
    { from: START + 200, to: START + 210 },
  ]);
  expect([time.within(START + 50, START + 200), lengthOf(time.within(START, START + HOUR))]).toEqual([
    [],
    150,
  ]);
});

test("a clock that is put right by less than a second leaves no gap; a step of a second does", () => {
  expect(told(recorded([0, 10], [19, 30]))).toEqual([[0, 30]]);
  expect(told(recorded([0, 10], [20, 30]))).toEqual([
    [0, 10],
    [20, 30],
  ]);
});

test("a clock that was set back records the same time once", () => {
  expect(told(recorded([100, 200], [-50, 150]))).toEqual([[-50, 200]]);
});

test("a restart goes on with what was recorded, also where it reads the last ticks again", () => {
  const before = recorded([0, 100]);
  const after = new RecordedTime();
  expect(after.restore(before.snapshot())).toBe(true);
  for (let tick = 95; tick < 120; tick++) after.add(START + tick);
  after.add(START + 400);
  expect(told(after)).toEqual([
    [0, 120],
    [400, 401],
  ]);
});

test("no more stretches are kept than there is room for, the latest of them", () => {
  const time = new RecordedTime();
  for (let i = 0; i < 1500; i++) time.add(START + i * 100);
  const stretches = time.within(START, START + 1_000_000);
  expect([stretches.length, stretches.at(-1)?.from]).toEqual([1001, START + 149_900]);
});

test.each(["", "{}", "[1]", "[[5,5]]", '[["1",2]]', "[[1,null]]", "[[1,2],[3]]"])(
  "%p is not read",
  (text) => {
    const time = new RecordedTime();
    expect([time.restore(text), told(time)]).toEqual([false, []]);
  },
);

test("what is forgotten is not recorded any more", () => {
  const time = recorded([0, 50]);
  time.forget();
  expect(told(time)).toEqual([]);
});

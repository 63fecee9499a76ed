import { expect, test } from "bun:test";
import { TickClock } from "./tick-clock.ts";

const START = 1_700_000_000_000;
const TICK = START / 100;

/** A clock and the ticks it ends, counted from the first. */
function clockOf() {
  const ended: number[] = [];
  const clock = new TickClock(START, (tick) => ended.push(tick - TICK));
  const frame = (ms: number, now: number) => {
    const seconds = Math.floor((START + ms) / 1000);
    const nanoseconds = (START + ms - seconds * 1000) * 1e6;
    if (clock.isLater(seconds, nanoseconds)) clock.pass(seconds, nanoseconds, START + now);
  };
  return { ended, frame, follow: (ms: number) => clock.follow(START + ms) };
}

test("a tick ends with the first frame of a later one, else once no frame can come", () => {
  const { ended, frame, follow } = clockOf();
  const steps: [() => void, number[]][] = [
    [() => frame(99, 100), []],
    [() => frame(100, 101), [0]],
    [() => frame(150, 190), []],
    [() => follow(239), []],
    [() => follow(240), [1]],
    [() => frame(180, 241), []],
    [() => frame(510, 520), [2, 3, 4]],
    [() => follow(520), []],
  ];
  const seen = steps.map(([step]) => {
    step();
    return ended.splice(0);
  });
  expect(seen).toEqual(steps.map(([, ends]) => ends));
});

test("a clock that is set makes ticks jump, and a frame from the future none", () => {
  const { ended, frame, follow } = clockOf();
  frame(3_600_000, 50);
  follow(3_600_050);
  follow(3_600_150);
  follow(50);
  follow(150);
  follow(-10);
  follow(250);
  expect(ended).toEqual([0, 36_000, 36_001, 0, 1]);
});

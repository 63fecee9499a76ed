import { expect, test } from "bun:test";
import { ClockWatch } from "./clock.ts";

test("a clock that was set is told from one that goes on or is slewed", () => {
  let [wall, elapsed] = [1_000_000, 0];
  const clock = new ClockWatch(
    () => wall,
    () => elapsed,
  );
  const after = (seconds: number, set = 0) => {
    elapsed += seconds * 1000;
    wall += seconds * 1000 + set;
    return clock.step();
  };
  expect([after(3600), after(1, 1_500), after(1, 86_400_000), after(1), after(1, -60_000)]).toEqual([
    0, 0, 86_400_000, 0, -60_000,
  ]);
});

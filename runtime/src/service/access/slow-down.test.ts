import { expect, test } from "bun:test";
import { SlowDown } from "./slow-down.ts";

let now = 0;
const fresh = () => {
  now = 0;
  return new SlowDown(() => now);
};

/** A try of `address` with a wrong password; how long it had to wait before. */
function guess(slowDown: SlowDown, address: string): number {
  const wait = slowDown.begin(address);
  now += wait;
  if (wait > 0) expect(slowDown.begin(address)).toBe(0);
  slowDown.end(address, "wrong");
  return wait;
}

test("five typing errors cost nothing, then each costs twice as much, up to five minutes", () => {
  const slowDown = fresh();
  const waits = Array.from({ length: 16 }, () => guess(slowDown, "192.168.7.66") / 1000);
  expect(waits).toEqual([0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
});

test("nobody is kept out by what comes from another address", () => {
  const slowDown = fresh();
  for (let i = 0; i < 50; i++) guess(slowDown, `192.168.7.${60 + (i % 3)}`);
  expect(slowDown.begin("192.168.7.10")).toBe(0);
});

test("an address has one try at a time, so that many at once are not many guesses", () => {
  const slowDown = fresh();
  expect([slowDown.begin("a"), slowDown.begin("a"), slowDown.begin("b")]).toEqual([0, 1_000, 0]);
  slowDown.end("a", "unknown");
  expect(slowDown.begin("a")).toBe(0);
});

test("the right password clears the account, and so does an hour; a try that was not decided changes nothing", () => {
  const slowDown = fresh();
  for (let i = 0; i < 5; i++) guess(slowDown, "a");
  expect(slowDown.begin("a")).toBe(1_000);
  now += 1_000;
  slowDown.begin("a");
  slowDown.end("a", "unknown");
  expect(guess(slowDown, "a")).toBe(0);
  expect(slowDown.begin("a")).toBe(2_000);
  now += 2_000;
  slowDown.begin("a");
  slowDown.end("a", "right");
  expect(Array.from({ length: 6 }, () => guess(slowDown, "a"))).toEqual([0, 0, 0, 0, 0, 1_000]);
  now += 3_600_000;
  expect(Array.from({ length: 6 }, () => guess(slowDown, "a"))).toEqual([0, 0, 0, 0, 0, 1_000]);
});

test("however many addresses somebody takes, those remembered are bounded, and the latest are among them", () => {
  const slowDown = fresh();
  for (let i = 0; i < 5; i++) guess(slowDown, "early");
  for (let i = 0; i < 5_000; i++) {
    now++;
    guess(slowDown, `flood ${i}`);
  }
  for (let i = 0; i < 5; i++) guess(slowDown, "late");
  expect([slowDown.begin("late"), slowDown.begin("early")]).toEqual([1_000, 0]);
});

import { describe, expect, test } from "bun:test";
import { actionOf } from "./keys.ts";
import { Glide } from "./motion.ts";
import { distanceFor, rangeText, tickLabel, ticksIn } from "./time-axis.ts";

const DAY = 86_400_000;
const NOON = Date.UTC(2026, 10, 22, 12);

describe("the axis of time", () => {
  test("its labels have room at every zoom from a year to a tenth of a second", () => {
    const lengths = [365 * DAY, 7 * DAY, DAY, 3_600_000, 300_000, 30_000, 1_000, 100];
    expect(lengths.map((length) => distanceFor(length, 1140))).toEqual([
      56 * DAY,
      DAY,
      7_200_000,
      300_000,
      30_000,
      5_000,
      100,
      10,
    ]);
    expect(distanceFor(DAY, 358)).toBe(6 * 3_600_000 * 2);
  });

  test("times are round on the clock of whoever looks, also where that is half an hour off", () => {
    const offset = 5.5 * 3_600_000;
    const ticks = ticksIn({ from: NOON, to: NOON + 7_200_000 }, 3_600_000, offset);
    expect(ticks.map((time) => tickLabel(time, 3_600_000, offset))).toEqual(["18:00", "19:00"]);
  });

  test("midnight is a date, and labels are as fine as their distance", () => {
    expect([
      tickLabel(NOON + DAY / 2, 7_200_000, 0),
      tickLabel(NOON, DAY, 0),
      tickLabel(NOON + 1500, 500, 0),
      tickLabel(NOON + 1520, 20, 0),
      tickLabel(NOON + 5000, 5000, 0),
    ]).toEqual(["23 Nov", "22 Nov", "12:00:01.5", "12:00:01.520", "12:00:05"]);
  });

  test("a range says its day only when it is not today, and both days when it has two", () => {
    const range = { from: NOON, to: NOON + 60_000 };
    const says = (from: number, to: number, today: number) => rangeText({ from, to }, today);
    expect([
      says(range.from, range.to, NOON).replace(/\d\d(?=:\d\d:\d\d)/g, "hh"),
      says(range.from, range.to, NOON + 3 * DAY).replace(/\d\d(?=:\d\d:\d\d)/g, "hh"),
      says(NOON - DAY, NOON, NOON).replace(/\d\d:\d\d/g, "hh:mm"),
    ]).toEqual(["hh:00:00 to hh:01:00", "22 Nov hh:00:00 to hh:01:00", "21 Nov hh:mm to 22 Nov hh:mm"]);
  });
});

describe("gliding", () => {
  test("both edges go the same part of the way, so that the time under the pointer stays", () => {
    const glide = new Glide();
    const [before, after] = [
      { from: 0, to: 1000 },
      { from: 400, to: 600 },
    ];
    glide.begin(before, after);
    const between = glide.towards(after, 50);
    expect((500 - between.from) / (between.to - between.from)).toBeCloseTo(0.5, 9);
    expect(between.from > 0 && between.from < 400 && !glide.isOver).toBe(true);
  });

  test("arrives, and follows an aim that moves by itself", () => {
    const glide = new Glide();
    glide.begin({ from: 0, to: 10 }, { from: 100, to: 110 });
    glide.towards({ from: 100, to: 110 }, 2_000);
    expect([glide.isOver, glide.towards({ from: 150, to: 160 }, 16)]).toEqual([true, { from: 150, to: 160 }]);
  });
});

test("keys move the timeline when it has the focus; L and Escape lead back from anywhere", () => {
  const press = (key: string, focused: boolean, held: object = {}) =>
    actionOf(
      { key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...held } as never,
      focused,
    );
  expect([
    press("ArrowLeft", true),
    press("ArrowRight", true, { shiftKey: true }),
    press("+", true),
    press("Home", true),
    press("ArrowLeft", false),
    press("L", false),
    press("Escape", false),
    press("l", true, { ctrlKey: true }),
  ]).toEqual(["left", "far-right", "in", "oldest", undefined, "live", "back", undefined]);
});

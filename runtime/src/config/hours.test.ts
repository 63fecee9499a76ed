import { expect, test } from "bun:test";
import { type Hours, isWithin } from "./hours.ts";

const daily: Hours[number]["days"] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const at = (text: string) => Date.parse(text);
/** For each instant whether it is within. */
const within = (hours: Hours, timezone: string, ...instants: string[]) =>
  instants.map((text) => isWithin(hours, timezone, at(text)));

test("a span begins with its first minute and ends before its last", () => {
  const lunch: Hours = [{ days: daily, from: "12:00", to: "12:30" }];
  const instants = ["11:59:59Z", "12:00:00Z", "12:29:59Z", "12:30:00Z"].map((time) => `2026-11-22T${time}`);
  expect(within(lunch, "UTC", ...instants)).toEqual([false, true, true, false]);
  expect(within([], "UTC", "2026-11-22T12:00:00Z")).toEqual([false]);
});

test("hours are the zone's, and days are those on which they begin", () => {
  // 22 November 2026 is a Sunday; in Berlin it is an hour later than UTC, in Auckland thirteen.
  const sunday: Hours = [{ days: ["sun"], from: "00:00", to: "01:00" }];
  expect(within(sunday, "Europe/Berlin", "2026-11-21T22:59Z", "2026-11-21T23:00Z")).toEqual([false, true]);
  expect(within(sunday, "Pacific/Auckland", "2026-11-21T11:00Z", "2026-11-21T12:00Z")).toEqual([true, false]);
});

test("a span over midnight goes on into the next day only", () => {
  const night: Hours = [{ days: ["fri"], from: "22:00", to: "06:30" }];
  const [friday, saturday, sunday] = ["2026-11-20", "2026-11-21", "2026-11-22"];
  expect(
    within(
      night,
      "UTC",
      `${friday}T05:00Z`,
      `${friday}T22:00Z`,
      `${saturday}T00:00Z`,
      `${saturday}T06:29Z`,
      `${saturday}T06:30Z`,
      `${saturday}T22:00Z`,
      `${sunday}T01:00Z`,
    ),
  ).toEqual([false, true, true, true, false, false, false]);
});

test("from Sunday into Monday, and the whole of a day", () => {
  const hours: Hours = [{ days: ["sun"], from: "23:00", to: "01:00" }];
  expect(within(hours, "UTC", "2026-11-22T23:30Z", "2026-11-23T00:30Z", "2026-11-24T00:30Z")).toEqual([
    true,
    true,
    false,
  ]);
  const untilMidnight: Hours = [{ days: ["tue"], from: "00:00", to: "00:00" }];
  expect(within(untilMidnight, "UTC", "2026-11-24T00:00Z", "2026-11-24T23:59Z", "2026-11-25T00:00Z")).toEqual(
    [true, true, false],
  );
});

test("clocks set forward skip the hour, and set back repeat it", () => {
  // In Berlin 02:00 to 03:00 does not come on 29 March 2026, and comes twice on 25 October.
  const early: Hours = [{ days: daily, from: "02:30", to: "03:30" }];
  expect(
    within(
      early,
      "Europe/Berlin",
      "2026-03-29T00:59Z",
      "2026-03-29T01:00Z",
      "2026-03-29T01:29Z",
      "2026-03-29T01:30Z",
    ),
  ).toEqual([false, true, true, false]);
  expect(
    within(
      early,
      "Europe/Berlin",
      "2026-10-25T00:29Z",
      "2026-10-25T00:30Z",
      "2026-10-25T01:00Z",
      "2026-10-25T01:30Z",
    ),
  ).toEqual([false, true, false, true]);
});

import { describe, expect, test } from "bun:test";
import { exact, inline, rate, volume } from "./rate.ts";
import { ago, duration, until } from "./time.ts";

describe("quantities", () => {
  test("three significant figures with a decimal prefix, also where rounding reaches the next one", () => {
    const shown = [
      0, 0.4, 7, 999, 999.6, 1_000, 9_994, 9_996, 99_940, 99_960, 999_400, 999_500, 34_213_456, 9.4e9, 1e18,
    ];
    expect(shown.map((bits) => inline(rate(bits)).replace("\u{a0}", " "))).toEqual([
      "0 bit/s",
      "0 bit/s",
      "7 bit/s",
      "999 bit/s",
      "1.00 kbit/s",
      "1.00 kbit/s",
      "9.99 kbit/s",
      "10.0 kbit/s",
      "99.9 kbit/s",
      "100 kbit/s",
      "999 kbit/s",
      "1.00 Mbit/s",
      "34.2 Mbit/s",
      "9.40 Gbit/s",
      "1000000 Tbit/s",
    ]);
  });

  test("volumes in bytes, exact numbers with every digit, nothing below zero", () => {
    expect([volume(1_234_567), volume(-5), exact(34_213_456, "bit/s")]).toEqual([
      { value: "1.23", unit: "MB" },
      { value: "0", unit: "B" },
      "34,213,456 bit/s",
    ]);
  });
});

describe("times", () => {
  const SECOND = 1_000;
  const HOUR = 3_600 * SECOND;

  test("a length is told in its largest whole unit", () => {
    expect([0, 4_999, 59 * SECOND, 60 * SECOND, HOUR, 47 * HOUR, 49 * HOUR].map(duration)).toEqual([
      "a moment",
      "a moment",
      "59 seconds",
      "1 minute",
      "1 hour",
      "47 hours",
      "2 days",
    ]);
  });

  test("past and future are told from now", () => {
    const now = 1_000 * HOUR;
    expect([ago(now, now), ago(now - HOUR, now), until(now + 9 * HOUR, now), until(now - 1, now)]).toEqual([
      "now",
      "1 hour ago",
      "in 9 hours",
      "over",
    ]);
  });
});

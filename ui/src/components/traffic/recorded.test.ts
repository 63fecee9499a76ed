import { expect, test } from "bun:test";
import { recordedText } from "./recorded.ts";

const HOUR = 3_600_000;

test("statistics say how much of the range they are of, unless it is all", () => {
  const text = (length: number, recorded: number) =>
    recordedText({ from: HOUR, to: HOUR + length }, recorded);
  expect([text(HOUR, HOUR), text(HOUR, HOUR - 30_000), text(1000, 0), text(HOUR, 2 * HOUR)]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(text(24 * HOUR, 5 * HOUR)).toStartWith("Only 5 hours of this time were recorded");
  expect(text(HOUR, 0)).toStartWith("Nothing of this time was recorded");
});

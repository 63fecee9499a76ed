import { expect, test } from "bun:test";
import { servicesText } from "./services.ts";

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 10, 22, 21, 0);

test("the table of services says since when they are known where the others tell more", () => {
  const text = (hours: number, oldestHours: number, serviceHours: number, to = NOW) =>
    servicesText({ from: NOW - hours * HOUR, to }, NOW - oldestHours * HOUR, NOW - serviceHours * HOUR);
  expect([
    // All is in memory; a day that is about to move on; a router that is new; a time before all that is known.
    text(5, 200, 24),
    text(24, 200, 23.9),
    text(48, 3, 3),
    text(48, 24, 24, NOW - 30 * HOUR),
  ]).toEqual([undefined, undefined, undefined, undefined]);
  expect(text(168, 200, 24)).toMatch(
    /^Services are known since \d+ Nov \d\d:\d\d only: the router keeps them for 24 hours, and not over a restart\.$/,
  );
  expect(text(5, 200, 1)).toMatch(/^Services are known since \d\d:\d\d only/);
  expect(text(100, 200, 24, NOW - 50 * HOUR)).toStartWith("Services are not known of this time");
  expect(servicesText({ from: NOW - HOUR, to: NOW }, NOW - 9 * HOUR, 0)).toStartWith(
    "Services are not known",
  );
});

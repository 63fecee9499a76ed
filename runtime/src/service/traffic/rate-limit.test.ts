import { expect, test } from "bun:test";
import { RateLimit } from "./rate-limit.ts";

test("so many a second are admitted, and as many in the next", () => {
  let now = 5000;
  const limit = new RateLimit(2, () => now);
  const admitted = () => [1, 2, 3].map(() => limit.admits());
  const first = admitted();
  now += 999;
  const late = limit.admits();
  now += 1;
  expect([first, late, admitted()]).toEqual([[true, true, false], false, [true, true, false]]);
});

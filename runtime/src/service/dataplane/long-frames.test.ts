import { expect, test } from "bun:test";
import { LongFrames } from "./long-frames.ts";

test("long frames are cut as soon as much flows, and whole again once little does", () => {
  const frames = new LongFrames();
  const decisions: boolean[] = [];
  const flow = (from: number, to: number, bytesPerMs: number) => {
    for (let now = from; now < to; now++) {
      frames.see(bytesPerMs);
      if (frames.decide(now)) decisions.push(frames.isCut);
    }
    decisions.push(frames.isCut);
  };
  flow(1000, 2000, 60_000);
  flow(2000, 2004, 1_000_000);
  flow(2004, 3000, 60_000);
  flow(3000, 3200, 20_000);
  flow(3200, 4000, 60_000);
  expect(decisions).toEqual([false, true, true, true, false, false, false]);
});

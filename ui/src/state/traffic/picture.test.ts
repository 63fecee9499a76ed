import { expect, test } from "bun:test";
import type { Mac } from "@gatehouse/runtime/addr/mac.ts";
import type { TrafficSeries } from "../../api/traffic.ts";
import { Picture } from "./picture.ts";

const TV = { device: "00:00:00:00:00:01" as Mac };
const NAS = { device: "00:00:00:00:00:02" as Mac };

function series(down: number[], rest?: number[]): TrafficSeries {
  const none = down.map(() => 0);
  const group = (key: TrafficSeries["groups"][number]["key"], sums: number[]) => ({
    key,
    up: none,
    down: sums,
    upPackets: none,
    downPackets: none,
  });
  return { from: 1000, step: 200, groups: [group(TV, down), ...(rest ? [group({}, rest)] : [])] };
}
const sums = (picture: Picture, id: string) =>
  [...(picture.layers.find((layer) => layer.id === id)?.down ?? [])].slice(0, picture.steps);

test("what comes live goes on where the answer ended, to the byte", () => {
  const picture = new Picture("device", series([10, 20, 5]), 1500);
  picture.add(TV, 1500, 0, 7);
  picture.advance(1600);
  picture.add(TV, 1600, 0, 40);
  picture.add(NAS, 1600, 0, 3);
  picture.advance(1700);
  expect([sums(picture, TV.device), sums(picture, NAS.device), [...picture.total.down].slice(0, 4)]).toEqual([
    [10, 20, 12, 40],
    [0, 0, 0, 3],
    [10, 20, 12, 43],
  ]);
});

test("the step that goes on has the rate of the part that is over", () => {
  const picture = new Picture("device", series([100, 100]), 1300);
  expect([picture.perSecond(100, 0), picture.perSecond(100, 1)]).toEqual([4000, 8000]);
});

test("it tells which step holds a time, and nothing outside", () => {
  const picture = new Picture("device", series([1, 1, 1]), 1500);
  expect([999, 1000, 1399, 1499, 1500].map((time) => picture.stepAt(time))).toEqual([-1, 0, 1, 2, -1]);
  expect(picture.stepsIn({ from: 1250, to: 9999 })).toEqual([1, 3]);
});

test("it can run for ever: the oldest steps leave, and sums and times agree", () => {
  const picture = new Picture("device", series([1, 2]), 1400);
  for (let at = 1400; at < 400_000; at += 100) {
    picture.add(TV, at, 0, at);
    picture.advance(at + 100);
  }
  const last = picture.stepAt(399_950);
  expect(picture.steps).toBeLessThan(300);
  expect(picture.layers[0]?.down[last]).toBe(399_800 + 399_900);
});

test("after a pause longer than it reaches it begins anew", () => {
  const picture = new Picture("device", series([1, 2]), 1400);
  picture.advance(10_000_000);
  picture.add(TV, 9_999_900, 0, 9);
  expect([picture.stepAt(9_999_950) >= 0, picture.weight(picture.layers[0]!)]).toEqual([true, 9]);
});

test("groups past those that can be told apart are of the rest", () => {
  const picture = new Picture("device", series([0]), 1200);
  for (let i = 0; i < 50; i++) picture.add({ device: `00:00:00:00:01:${i}` as Mac }, 1000, 0, 1);
  expect([picture.layers.length, picture.weight(picture.layers.find(({ id }) => id === "")!)]).toEqual([
    21, 30,
  ]);
});

import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HOUR } from "../../../traffic/history/ticks.ts";
import { LIMITS, macOf, newFolder, openStore, row, START } from "./store.fixture.ts";

const DAY = 24 * HOUR;
const [PHONE, TV] = [1, 2];

/** A device's question at a tick. */
function asked(device: number, tick: number, text: string) {
  return { device: macOf(device), at: tick * 100, text };
}

test("what was asked is kept with the sums, in order", () => {
  const folder = newFolder();
  const store = openStore(folder);
  const [first, second, third] = [
    asked(PHONE, START, "a"),
    asked(TV, START, "b"),
    asked(PHONE, START + 1, "c"),
  ];
  store.append([row(START, PHONE, 0, 1)], 1, [first, second]);
  store.append([], 2, [third]);
  store.close();
  expect(openStore(folder).questions()).toEqual([first, second, third]);
});

test("questions go with the sums of their time, and past the latest of a device", () => {
  const store = openStore(newFolder(), { keepSecondsDays: 1, keepMinutesDays: 2 });
  store.append([], 1, [asked(TV, START, "old"), asked(TV, START + 2 * DAY, "young")]);
  store.append(
    [],
    2,
    Array.from({ length: 600 }, (_, i) => asked(PHONE, START + 2 * DAY, `${i}`)),
  );
  store.expire(START + 2 * DAY + HOUR);
  const left = store.questions();
  expect([left.length, left[0], left[1], left.at(-1)]).toEqual([
    501,
    asked(TV, START + 2 * DAY, "young"),
    asked(PHONE, START + 2 * DAY, "100"),
    asked(PHONE, START + 2 * DAY, "599"),
  ]);
});

test("where nothing is to be kept on the disk, no questions are", () => {
  const store = openStore(newFolder(), { keepSecondsDays: 0, keepMinutesDays: 0 });
  expect([store.append([], 1, [asked(PHONE, START, "a")]), store.questions()]).toEqual([true, []]);
});

test.each([
  ["a device", macOf(PHONE), [asked(TV, START, "www.other.example")]],
  ["all", undefined, []],
])("what %s asked is gone from the files once it is forgotten", (_, device, left) => {
  const folder = newFolder();
  const store = openStore(folder, LIMITS);
  store.append([], 1, [asked(PHONE, START, "www.secret.example"), asked(TV, START, "www.other.example")]);
  const isFound = () =>
    readdirSync(folder).some((name) => readFileSync(join(folder, name)).includes("www.secret.example"));
  expect([isFound(), store.forget(device), isFound(), store.questions()] as unknown[]).toEqual([
    true,
    true,
    false,
    left,
  ]);
});

import { expect, test } from "bun:test";
import { OTHERS } from "../../../traffic/history/history.ts";
import { HOUR, MINUTE, SECOND } from "../../../traffic/history/ticks.ts";
import { SAID_BEFORE_BELIEVED } from "./believed-time.ts";
import { LIMITS, newFolder, openStore, row, START } from "./store.fixture.ts";

const DAY = 24 * HOUR;

test("seconds are kept for their days, then minutes, then nothing", () => {
  const store = openStore(newFolder(), { keepSecondsDays: 1, keepMinutesDays: 3 });
  for (let at = 0; at < 5 * DAY; at += 30 * MINUTE) {
    const bytes = 1 + at / MINUTE;
    store.append([row(START + at + 70, 0, 0, bytes), row(START + at + 500, 1, 1, bytes)], at);
    store.expire(START + at);
  }
  const now = START + 5 * DAY - 30 * MINUTE;
  const { oldestSecond, oldestMinute } = store.extent();
  // Whole hours.
  expect([now - oldestSecond, now - oldestMinute]).toEqual([DAY + HOUR / 2, 3 * DAY + HOUR / 2]);
  // Of an odd range there are minutes at first, seconds later.
  const odd = store.series({ from: oldestMinute + 10, to: oldestMinute + DAY, step: 7 * SECOND });
  expect(sum(odd.upPackets)).toBe(
    sum(store.series({ from: oldestMinute + HOUR / 2, to: oldestMinute + DAY, step: HOUR }).upPackets),
  );
  const fine = store.series({ from: now, to: now + MINUTE, step: SECOND });
  expect([...fine.upBytes].flatMap((bytes, at) => (bytes > 0 ? at : []))).toEqual([7, 50]);
  store.limit({ keepSecondsDays: 0, keepMinutesDays: 0 });
  store.expire(now);
  expect(store.totals({ from: 0, to: now + DAY, by: "pair" })).toEqual([]);
  expect(store.append([row(now, 0, 0, 1)], 4711)).toBe(true);
  expect([store.totals({ from: 0, to: now + DAY, by: "pair" }), store.position]).toEqual([[], 4711]);
});

test("a clock that is set far ahead and back again costs nothing, and one that stays there is believed after a day of running", () => {
  const folder = newFolder();
  let store = openStore(folder);
  const stored = () => store.totals({ from: START, to: START + DAY, by: "device" });
  store.append([row(START, 0, 0, 1)], 1);
  store.expire(START);
  const before = stored();
  const ahead = START + 500 * DAY;
  store.append([row(ahead, 0, 0, 1)], 2);
  for (let said = 0; said < SAID_BEFORE_BELIEVED; said++) store.expire(ahead + said * 5 * MINUTE);
  store.expire(START + MINUTE);
  expect(stored()).toEqual(before);
  for (let said = 0; said < SAID_BEFORE_BELIEVED; said++) {
    store.expire(ahead);
    store.close();
    store = openStore(folder);
  }
  expect(stored()).toEqual(before);
  store.expire(ahead);
  expect([stored(), store.extent().oldestMinute]).toEqual([[], ahead]);
});

test("a file that grows too large gives up seconds first, then the oldest minutes, and the rest stays whole", () => {
  const sizes = [Infinity, 260_000, 75_000].map((maxBytes) => {
    const folder = newFolder();
    const store = openStore(folder, { ...LIMITS, maxBytes });
    for (let at = 0; at < 2 * DAY; at += 20 * MINUTE) {
      const rows = Array.from({ length: 60 }, (_, i) => row(START + at + i * SECOND, i % 7, i % 11, at + i));
      store.append(rows, at);
      store.expire(START + at);
    }
    const { oldestSecond, oldestMinute } = store.extent();
    const [from, to] = [oldestMinute, START + 2 * DAY];
    const packets = sum(store.series({ from, to, step: HOUR }).downPackets);
    expect(packets).toBe(((to - from) / (20 * MINUTE)) * 120);
    store.close();
    return {
      bytes: Bun.file(`${folder}/rollups.sqlite`).size,
      seconds: oldestSecond - START,
      minutes: oldestMinute - START,
    };
  });
  const [all, some, few] = sizes;
  expect([all!.seconds, all!.minutes, some!.minutes]).toEqual([0, 0, 0]);
  expect(some!.seconds > DAY && few!.minutes > DAY / 2).toBe(true);
  expect([some!.bytes < 350_000, few!.bytes < 150_000]).toEqual([true, true]);
}, 30_000);

test("of very many remotes the smallest are put together, and nothing is missing", () => {
  const store = openStore(newFolder());
  const [remotes, each] = [120_000, 10_000];
  for (let first = 0; first < remotes; first += each) {
    const rows = Array.from({ length: each }, (_, i) => {
      const number = first + i;
      const bytes = number % 1000 === 0 ? 1_000_000 + number : 60;
      return { ...row(START + first, number % 3, 0, bytes), remote: Uint32Array.of(0, 0, 0xffff, number) };
    });
    store.append(rows, first);
  }
  const range = { from: START, to: START + DAY };
  const wanted = Array.from({ length: remotes / 1000 }, (_, i) => remotes - 1000 * (i + 1));
  for (const by of ["remote", "pair"] as const) {
    const totals = store.totals({ ...range, by });
    const large = totals.filter(({ remote }) => `${remote}` !== `${OTHERS}`).slice(0, wanted.length);
    expect(large.map(({ remote }) => remote![3])).toEqual(wanted);
    expect(totals.length).toBeLessThan(remotes);
    expect(totals.reduce((sum, { downPackets }) => sum + downPackets, 0)).toBe(2 * remotes);
  }
}, 30_000);

test("documents are kept, replaced and removed", () => {
  const folder = newFolder();
  const store = openStore(folder);
  const large = "x".repeat(100_000);
  expect([store.kept("analysis"), store.keep("analysis", "1"), store.keep("analysis", large)]).toEqual([
    undefined,
    true,
    true,
  ]);
  store.close();
  const again = openStore(folder);
  expect([again.kept("analysis"), again.keep("analysis", undefined), again.kept("analysis")]).toEqual([
    large,
    true,
    undefined,
  ]);
});

test.each([
  ["empty", START, START, 1],
  ["without a step", START, START + 1, 0],
  ["of too many steps", START, START + 2 ** 30, 1],
])("a range that is %s is refused", (_, from, to, step) => {
  expect(() => openStore(newFolder()).series({ from, to, step })).toThrow(RangeError);
});

function sum(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}

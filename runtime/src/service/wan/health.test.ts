import { expect, test } from "bun:test";
import { parseIPv4 } from "../../addr/ipv4.ts";
import { Health } from "./health.ts";

const GATEWAY = parseIPv4("198.51.100.1")!;
const SERVER = parseIPv4("203.0.113.53")!;
const TARGETS = [GATEWAY, SERVER];

/** A way that has just come up, and rounds in which those of `answering` answer; how many it took until `isFailing` was another. */
function way() {
  const health = new Health();
  health.ready(true);
  const round = (answering: readonly number[]) => {
    const asked = health.round(TARGETS);
    for (const target of asked) if (answering.includes(target)) health.heard(target);
    return asked;
  };
  const until = (answering: readonly number[], most = 20) => {
    const before = health.isFailing;
    let rounds = 0;
    while (health.isFailing === before && rounds < most) {
      round(answering);
      rounds++;
    }
    return rounds;
  };
  return { health, round, until };
}

test("a way that comes up the first time is used at once, one that was never there has no fault", () => {
  const health = new Health();
  const before = [health.isFailing, health.fault, health.round(TARGETS)];
  health.ready(true);
  expect([before, health.isFailing]).toEqual([[true, undefined, []], false]);
});

test("three rounds without any answer are a failure, five with one the end of it", () => {
  const { health, until, round } = way();
  round([GATEWAY]);
  // The first of them is the one that was answered; the state is told when a round is over.
  expect([until([]), health.fault, until([SERVER]), health.fault]).toEqual([4, "no answer", 6, undefined]);
});

test("one answer in three rounds, from whomever, is enough; one in five does not bring a way back", () => {
  const { health, round, until } = way();
  for (let i = 0; i < 30; i++) round(i % 3 === 2 ? [SERVER] : []);
  const held = !health.isFailing;
  until([]);
  for (let i = 0; i < 30; i++) round(i % 5 === 4 ? [] : TARGETS);
  expect([held, health.isFailing]).toEqual([true, true]);
});

test("a single address is asked while it answers, all of them once it does not", () => {
  const { round } = way();
  expect([round([SERVER]), round([SERVER]), round([]), round([]), round([GATEWAY]), round([])]).toEqual([
    TARGETS,
    [SERVER],
    [SERVER],
    TARGETS,
    TARGETS,
    [GATEWAY],
  ]);
});

test("a pulled cable is a failure at once, and its return has to prove itself", () => {
  const { health, until } = way();
  health.ready(false);
  const pulled = [health.isFailing, health.fault, health.round(TARGETS)];
  health.ready(true);
  expect([pulled, health.isFailing, until(TARGETS)]).toEqual([[true, "not connected", []], true, 6]);
});

test("a way on which nobody can be asked works while it is there", () => {
  const health = new Health();
  health.ready(true);
  for (let i = 0; i < 10; i++) health.round([]);
  const works = !health.isFailing;
  health.ready(false);
  health.ready(true);
  for (let i = 0; i < 10; i++) health.round([]);
  expect([works, health.isFailing]).toEqual([true, false]);
});

test("an answer from somebody who was not asked counts for nothing", () => {
  const { health, round } = way();
  for (let i = 0; i < 5; i++) {
    round([]);
    health.heard(parseIPv4("192.0.2.1")!);
  }
  expect(health.fault).toBe("no answer");
});

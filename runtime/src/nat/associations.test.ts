import { beforeEach, expect, test } from "bun:test";
import { MAX_ASSOCIATIONS, MAX_ASSOCIATIONS_PER_HOST } from "./associations.ts";
import { ASSOCIATIONS_EXHAUSTED, HOST_LIMIT, PROTOCOL_IN_USE } from "./drops.ts";
import { FakeFastPath } from "./fake-fast-path.ts";
import { Nat } from "./nat.ts";
import { DEFAULT_TIMERS } from "./timers.ts";

const ALICE = 0xc0a84d0a;
const BOB = 0xc0a84d0b;
const SERVER = 0xcb007150;
const GRE = 47;
const ESP = 50;

let fastPath: FakeFastPath;
let nat: Nat;
let now: number;

beforeEach(() => {
  fastPath = new FakeFastPath();
  nat = new Nat({ fastPath, random: () => 0.5 });
  now = 1;
});

test("one host has a protocol towards a remote, another is refused, other protocols and remotes are free", () => {
  expect([
    nat.associate(GRE, ALICE, SERVER, now),
    nat.associate(GRE, ALICE, SERVER, now),
    nat.associate(GRE, BOB, SERVER, now),
    nat.associate(ESP, BOB, SERVER, now),
    nat.associate(GRE, BOB, SERVER + 1, now),
  ]).toEqual([0, 0, PROTOCOL_IN_USE, 0, 0]);
  expect([
    nat.translations.associatedHost(GRE, SERVER),
    nat.translations.associatedHost(ESP, SERVER),
    nat.translations.associatedHost(4, SERVER),
  ]).toEqual([ALICE, BOB, undefined]);
});

test("it ends when neither side has sent for the timer, and then another host may have it", () => {
  nat.associate(GRE, ALICE, SERVER, now);
  nat.settle(now);
  expect([...fastPath.associations.values()]).toEqual([[GRE, ALICE, SERVER]]);
  now += DEFAULT_TIMERS.association - 1;
  nat.touchAssociation(GRE, ALICE, SERVER, now);
  nat.touchAssociation(GRE, BOB, SERVER, now + 1);
  now += DEFAULT_TIMERS.association - 1;
  nat.expire(now);
  expect(nat.counters.associations).toBe(1);
  nat.expire(++now);
  expect([nat.counters.associations, fastPath.associations.size]).toEqual([0, 0]);
  expect(nat.associate(GRE, BOB, SERVER, now)).toBe(0);
});

test("a refusal gives it up, counted", () => {
  fastPath.refuses = true;
  nat.associate(GRE, ALICE, SERVER, now);
  expect(() => nat.settle(now)).toThrow("refused");
  expect([nat.counters.associations, nat.drops.report()]).toEqual([0, { "fast-path-refused": 1 }]);
});

test("a host has a quarter at most, and past the bound newcomers are refused", () => {
  const results = Array.from({ length: MAX_ASSOCIATIONS_PER_HOST }, (_, i) =>
    nat.associate(GRE, ALICE, i, now),
  );
  expect([results.every((result) => result === 0), nat.associate(GRE, ALICE, SERVER, now)]).toEqual([
    true,
    HOST_LIMIT,
  ]);
  for (let host = 1; host < 4; host++)
    for (let i = 0; i < MAX_ASSOCIATIONS_PER_HOST; i++)
      nat.associate(GRE, ALICE + host, host * 10_000 + i, now);
  expect([
    nat.counters.associations,
    nat.associate(GRE, ALICE + 4, SERVER, now),
    nat.associate(GRE, ALICE, 0, now),
  ]).toEqual([MAX_ASSOCIATIONS, ASSOCIATIONS_EXHAUSTED, 0]);
  nat.settle(now);
  now += DEFAULT_TIMERS.association;
  while (nat.expire(now));
  expect([
    nat.counters.associations,
    fastPath.associations.size,
    nat.associate(GRE, ALICE, SERVER, now),
  ]).toEqual([0, 0, 0]);
});

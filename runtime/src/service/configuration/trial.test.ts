import { expect, test } from "bun:test";
import { defaultConfig } from "../../config/parse.ts";
import { goesOn, type Trial, unconfirmed } from "./trial.ts";

const trial: Trial = {
  id: "a",
  boot: "today",
  begins: 1_000,
  ends: 90_000,
  former: 4,
  who: "",
  why: "",
  home: "home",
  config: defaultConfig,
};

test("a trial goes on over a restart of the program, not over a reboot, its end, or its confirmation", () => {
  const now = { boot: "today", elapsed: 89_999, newest: 4 };
  expect([
    goesOn(trial, now),
    goesOn(trial, { ...now, boot: "tomorrow", elapsed: 1 }),
    goesOn(trial, { ...now, elapsed: 90_000 }),
    goesOn(trial, { ...now, newest: 5 }),
  ]).toEqual([true, false, false, false]);
});

test("only a request that names the trial, in time, at the router's new address confirms it", () => {
  const asked = { id: "a", here: "10.0.0.1", place: "10.0.0.1", elapsed: 89_999 };
  expect([
    unconfirmed(trial, asked),
    unconfirmed(undefined, asked),
    unconfirmed(trial, { ...asked, id: "b" }),
    unconfirmed(trial, { ...asked, elapsed: 90_000 }),
    unconfirmed(trial, { ...asked, elapsed: 999 }),
    unconfirmed(trial, { ...asked, here: "192.168.77.1" }),
    unconfirmed(trial, { ...asked, here: "127.0.0.1" }),
    unconfirmed(trial, { ...asked, place: "the home", here: "fd00::1" }),
    unconfirmed(trial, { ...asked, place: "the home", here: "127.0.0.1" }),
  ]).toEqual([
    undefined,
    "no-trial",
    "another-trial",
    "over",
    "early",
    "elsewhere",
    "elsewhere",
    undefined,
    "elsewhere",
  ]);
});

import { expect, test } from "bun:test";
import { signInFault } from "./sign-in.ts";

test("what keeps a way from signing in is told in words, and an ordinary end is no fault", () => {
  expect([null, 0, 5, 19, 42].map(signInFault)).toEqual([
    undefined,
    undefined,
    undefined,
    "the provider refused the user name or the password; correct them.",
    "signing in ended with status 42 of pppd; the log says why.",
  ]);
});

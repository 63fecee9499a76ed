import { afterEach, expect, mock, spyOn, test } from "bun:test";
import { Busy, isChoosable, PasswordHasher } from "./password.ts";

afterEach(() => {
  mock.restore();
});

test("a password has 10 to 128 characters, as people count them; nothing else matters", () => {
  const lengths = [0, 9, 10, 128, 129];
  const choosable = (character: string) => lengths.filter((length) => isChoosable(character.repeat(length)));
  expect(["a", " ", "ü", "u\u0308", "🔑", "\0"].map(choosable)).toEqual(Array(6).fill([10, 128]));
});

test("the hash is argon2id with a salt of its own, and fits this password alone", async () => {
  const hasher = new PasswordHasher();
  const hashes = await Promise.all([hasher.hash("pässword12"), hasher.hash("pässword12")]);
  expect(new Set(hashes).size).toBe(2);
  expect(hashes[0]).toStartWith("$argon2id$v=19$m=19456,t=2,p=1$");
  const tried = ["pässword12", "pa\u0308ssword12", "Pässword12", "pässword12 ", ""];
  expect(await Promise.all(tried.map((text) => hasher.verify(text, hashes[0]!)))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

test("two are computed at once, sixteen wait, and who comes then is told to try again", async () => {
  const running: ((fits: boolean) => void)[] = [];
  spyOn(Bun.password, "verify").mockImplementation(() => new Promise((resolve) => running.push(resolve)));
  const hasher = new PasswordHasher();
  const tries = Array.from({ length: 20 }, () => hasher.verify("x", "y").catch((error) => error));
  await Promise.resolve();
  const outcomes: unknown[] = [];
  for (let done = 0; done < 18; done++) {
    expect(running.length).toBe(Math.min(18, done + 2));
    running[done]!(true);
    outcomes.push(await tries[done]);
    // Whoever was next has begun.
    await new Promise(setImmediate);
  }
  expect(outcomes).toEqual(Array(18).fill(true));
  expect((await Promise.all(tries.slice(18))).map((error) => error instanceof Busy)).toEqual([true, true]);
  const last = hasher.verify("x", "y");
  running.at(-1)!(false);
  expect(await last).toBe(false);
});

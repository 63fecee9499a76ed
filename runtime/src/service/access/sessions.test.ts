import { expect, test } from "bun:test";
import { IDLE_MS, LIFETIME_MS, Sessions } from "./sessions.ts";

let now = 0;
const sessions = () => {
  now = 0;
  return new Sessions(() => now);
};

test("a token is 256 random bits, and known for as long as its session lives", () => {
  const open = sessions();
  const tokens = [open.begin("password"), open.begin("password")];
  expect(tokens.map((token) => Buffer.from(token, "base64url").length)).toEqual([32, 32]);
  expect(new Set(tokens).size).toBe(2);
  expect(tokens.map((token) => open.use(token, "password"))).toEqual([true, true]);
  open.end(tokens[0]!);
  expect(tokens.map((token) => open.use(token, "password"))).toEqual([false, true]);
});

test("what was never given out is no token, whatever it looks like", () => {
  const open = sessions();
  const token = open.begin("password");
  const forged = [
    "",
    `${token}=`,
    `${token} `,
    token.slice(1),
    token.toLowerCase(),
    "A".repeat(43),
    "A".repeat(1e6),
  ];
  expect(forged.filter((text) => open.use(text, "password"))).toEqual([]);
});

test("a session ends after a week without use, and after a month however much it is used", () => {
  const open = sessions();
  const [busy, early, late] = [open.begin("password"), open.begin("password"), open.begin("password")];
  now = IDLE_MS - 1;
  expect([open.use(busy, "password"), open.use(early, "password")]).toEqual([true, true]);
  now = IDLE_MS;
  expect([open.use(late, "password"), open.use(early, "password")]).toEqual([false, true]);
  for (; now < LIFETIME_MS; now += IDLE_MS / 2) expect(open.use(busy, "password")).toBe(true);
  now = LIFETIME_MS;
  expect(open.use(busy, "password")).toBe(false);
});

test("sessions that outlive the program end when they would have", () => {
  const before = sessions();
  const token = before.begin("password");
  now = IDLE_MS / 2;
  before.use(token, "password");
  now += 1000;
  const kept = before.kept();
  expect(kept).toMatchObject([{ age: IDLE_MS / 2 + 1000, idle: 1000 }]);
  expect(JSON.stringify(kept)).not.toContain(token);
  // Another run's clock begins anew.
  now = 0;
  const after = new Sessions(() => now);
  after.restore(kept);
  expect([after.use(token, "another"), after.use(token, "password")]).toEqual([false, false]);
  after.restore(kept);
  now = IDLE_MS - 1001;
  expect(after.use(token, "password")).toBe(true);
  now = LIFETIME_MS;
  expect([after.use(token, "password"), after.kept()]).toEqual([false, []]);
});

test("with another password every session has ended", () => {
  const open = sessions();
  const token = open.begin("password");
  expect([open.use(token, "another"), open.use(token, "password")]).toEqual([false, false]);
});

test("there are at most 64: the one unused for the longest time makes room", () => {
  const open = sessions();
  const tokens = Array.from({ length: 64 }, () => {
    now++;
    return open.begin("password");
  });
  now++;
  open.use(tokens[0]!, "password");
  const last = open.begin("password");
  const alive = [...tokens, last].map((token) => open.use(token, "password"));
  expect(alive.flatMap((lives, i) => (lives ? [] : [i]))).toEqual([1]);
});

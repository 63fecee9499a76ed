import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog } from "../log.ts";
import { Access, AccessError } from "./access.ts";

const PASSWORD = "correct horse battery";
const HOME = "192.168.7.10";

let state: string;
let now: number;
let lines: string[];
let access: Access;

const started = () =>
  new Access({
    state,
    visibleTo: () => "owner",
    now: () => now,
    log: createLog("access", (line) => lines.push(line)),
  });

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "gatehouse-access-"));
  now = 0;
  lines = [];
  access = started();
});
afterEach(() => rmSync(state, { recursive: true }));

/** What became of a try: "in", or the problem and the seconds to wait. */
async function fate(attempt: Promise<string>): Promise<string> {
  try {
    await attempt;
    return "in";
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    const { problem, retryAfterMs } = error;
    return retryAfterMs === 0 ? problem : `${problem} ${retryAfterMs / 1000}`;
  }
}

test("until there is an owner, whoever comes first chooses the password, and is signed in", async () => {
  expect(access.owner).toBe("none");
  expect(await fate(access.signIn(PASSWORD, HOME))).toBe("no-owner");
  const token = await access.choose(PASSWORD, HOME);
  expect([access.owner, access.isOwners(token)]).toEqual(["set", true]);
  expect(await fate(access.choose("another password", "192.168.7.66"))).toBe("owner-exists");
  expect(await fate(access.signIn(PASSWORD, HOME))).toBe("in");
});

test("of two who come first at once one becomes the owner, and the other learns it", async () => {
  const both = [access.choose(PASSWORD, HOME), access.choose("another password", "192.168.7.66")];
  const fates = await Promise.all(both.map(fate));
  expect(fates.toSorted()).toEqual(["in", "owner-exists"]);
  const winner = fates[0] === "in" ? PASSWORD : "another password";
  expect(await fate(access.signIn(winner, "192.168.7.11"))).toBe("in");
});

test("a password too short or too long is not chosen, and costs no try", async () => {
  for (let i = 0; i < 10; i++) expect(await fate(access.choose("too short", HOME))).toBe("length");
  expect(await fate(access.choose("x".repeat(129), HOME))).toBe("length");
  expect(access.owner).toBe("none");
});

test("on disk there is the hash and nothing else, for root's eyes only; it outlives the program, sessions do not", async () => {
  const token = await access.choose(PASSWORD, HOME);
  const path = join(state, "owner.json");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const text = readFileSync(path, "utf8");
  expect(JSON.parse(text)).toEqual({ password: expect.stringMatching(/^\$argon2id\$/) });
  expect([text.includes(PASSWORD), text.includes(token)]).toEqual([false, false]);
  const next = started();
  expect([next.owner, next.isOwners(token)]).toEqual(["set", false]);
  expect(await fate(next.signIn(PASSWORD, HOME))).toBe("in");
});

test("who guesses waits, whoever else is at home does not", async () => {
  await access.choose(PASSWORD, HOME);
  const fates: string[] = [];
  for (let i = 0; i < 6; i++) fates.push(await fate(access.signIn("wrong password", "192.168.7.66")));
  expect(fates).toEqual([...Array(5).fill("wrong"), "slow-down 1"]);
  // Not even the right one is looked at before its time.
  expect(await fate(access.signIn(PASSWORD, "192.168.7.66"))).toBe("slow-down 1");
  expect(await fate(access.signIn(PASSWORD, HOME))).toBe("in");
  now = 1_000;
  expect(await fate(access.signIn(PASSWORD, "192.168.7.66"))).toBe("in");
});

test("guessing the old password to change it is guessing as well", async () => {
  await access.choose(PASSWORD, HOME);
  const change = () => fate(access.changePassword("wrong password", "a new password", "192.168.7.66"));
  for (let i = 0; i < 5; i++) expect(await change()).toBe("wrong");
  expect(await change()).toBe("slow-down 1");
  expect(await fate(access.changePassword(PASSWORD, "short", HOME))).toBe("length");
});

test("a crowd that signs in at once is served in turn, and the rest told to try again", async () => {
  await access.choose(PASSWORD, HOME);
  const crowd = Array.from({ length: 24 }, (_, i) => fate(access.signIn(PASSWORD, `192.168.7.${100 + i}`)));
  const fates = await Promise.all(crowd);
  expect(
    Object.entries(Object.groupBy(fates, (text) => text)).map(([text, all]) => [text, all!.length]),
  ).toEqual([
    ["in", 18],
    ["busy 1", 6],
  ]);
  expect(await fate(access.signIn(PASSWORD, HOME))).toBe("in");
});

test("another password signs every other browser out", async () => {
  const [mine, other] = [await access.choose(PASSWORD, HOME), await access.signIn(PASSWORD, "192.168.7.11")];
  const token = await access.changePassword(PASSWORD, "a new password", HOME);
  expect([mine, other, token].map((text) => access.isOwners(text))).toEqual([false, false, true]);
  expect(await fate(access.signIn(PASSWORD, HOME))).toBe("wrong");
  expect(await fate(access.signIn("a new password", HOME))).toBe("in");
});

test("signing out ends this browser's session only", async () => {
  const [mine, other] = [await access.choose(PASSWORD, HOME), await access.signIn(PASSWORD, "192.168.7.11")];
  access.signOut(mine);
  expect([access.isOwners(mine), access.isOwners(other)]).toEqual([false, true]);
});

test("an account that was removed is forgotten at once, with every session", async () => {
  const token = await access.choose(PASSWORD, HOME);
  expect(started().account.remove()).toBe(true);
  expect([access.owner, access.isOwners(token)]).toEqual(["none", false]);
  await access.choose("a new password", "192.168.7.11");
  expect([access.isOwners(token), started().account.remove(), started().account.remove()]).toEqual([
    false,
    true,
    false,
  ]);
});

test("an account that cannot be read makes nobody the owner, and the log says what to do", async () => {
  const path = join(state, "owner.json");
  for (const text of ["", "{}", '{"password":"plain text"}', '{"password":"$argon2id$"}', "\0".repeat(100)]) {
    writeFileSync(path, text);
    expect([text, access.owner, await fate(access.choose(PASSWORD, HOME))]).toEqual([
      text,
      "set",
      "owner-exists",
    ]);
    expect(await fate(access.signIn(PASSWORD, HOME))).toBe("unreadable");
  }
  expect(lines[0]).toContain("gatehouse owner reset");
});

test("when the disk takes nothing, nobody becomes the owner", async () => {
  const nowhere = new Access({ state: "/proc/gatehouse", visibleTo: () => "owner" });
  expect(await nowhere.choose(PASSWORD, HOME).catch((error) => error.name)).toBe("StorageError");
  expect(nowhere.owner).toBe("none");
});

test("the log tells who signed in and where wrong passwords come from, and no password", async () => {
  await access.choose(PASSWORD, HOME);
  await access.signIn(PASSWORD, "192.168.7.11");
  for (let i = 0; i < 3; i++) await fate(access.signIn(`wrong password ${i}`, "192.168.7.66"));
  await access.changePassword(PASSWORD, "a new password", HOME);
  expect(lines).toEqual([
    "<6>access: 192.168.7.10 has chosen the owner's password\n",
    "<6>access: the owner has signed in at 192.168.7.11\n",
    "<4>access: a wrong password came from 192.168.7.66\n",
    "<6>access: the owner's password was changed at 192.168.7.10\n",
  ]);
});

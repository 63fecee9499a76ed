import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog } from "../log.ts";
import { Access, AccessError } from "./access.ts";
import { IDLE_MS } from "./sessions.ts";

const PASSWORD = "correct horse battery";
const HOME = "192.168.7.10";
const DAY = 86_400_000;

let state: string;
let now: number;
/** ms since the Unix epoch. */
let date: number;
let lines: string[];
let access: Access;

const started = () =>
  new Access({
    state,
    visibleTo: () => "owner",
    now: () => now,
    date: () => date,
    log: createLog("access", (line) => lines.push(line)),
  });

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "gatehouse-access-"));
  now = 0;
  date = 1_700_000_000_000;
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

test("on disk there are hashes and nothing else, for root's eyes only; owner and sessions outlive the program", async () => {
  const token = await access.choose(PASSWORD, HOME);
  const [owner, sessions] = ["owner.json", "sessions.json"].map((name) => {
    expect(statSync(join(state, name)).mode & 0o777).toBe(0o600);
    const text = readFileSync(join(state, name), "utf8");
    expect([text.includes(PASSWORD), text.includes(token)]).toEqual([false, false]);
    return JSON.parse(text);
  });
  expect(owner).toEqual({ password: expect.stringMatching(/^\$argon2id\$/) });
  const digest = expect.stringMatching(/^[A-Za-z0-9_-]{43}$/);
  expect(sessions).toEqual({ at: date, sessions: [{ token: digest, account: digest, age: 0, idle: 0 }] });
  const next = started();
  expect([next.owner, next.isOwners(token), next.isOwners(sessions.sessions[0].token)]).toEqual([
    "set",
    true,
    false,
  ]);
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

test("a restart neither prolongs a session nor brings one back", async () => {
  const [kept, left] = [await access.choose(PASSWORD, HOME), await access.signIn(PASSWORD, "192.168.7.11")];
  await access.signOut(left);
  date += IDLE_MS / 2;
  const second = started();
  expect([kept, left].map((token) => second.isOwners(token))).toEqual([true, false]);
  // Of a clock that has lost the time it is known only that some has passed.
  date -= 2 * IDLE_MS;
  expect(started().isOwners(kept)).toBe(true);
  date += 3 * IDLE_MS;
  expect(started().isOwners(kept)).toBe(false);
});

test("a session that is used lives on over restarts", async () => {
  const token = await access.choose(PASSWORD, HOME);
  const kept = () => JSON.parse(readFileSync(join(state, "sessions.json"), "utf8"));
  for (let i = 0; i < 3; i++) {
    now += 5 * DAY;
    date += 5 * DAY;
    expect(access.isOwners(token)).toBe(true);
    while (kept().at !== date) await new Promise(setImmediate);
    access = started();
  }
  expect(kept().sessions).toMatchObject([{ age: 15 * DAY, idle: 0 }]);
});

test("a password that was changed or reset ends every session of the disk, too", async () => {
  const token = await access.choose(PASSWORD, HOME);
  const before = readFileSync(join(state, "sessions.json"));
  const changed = await access.changePassword(PASSWORD, "a new password", HOME);
  const next = started();
  expect([next.isOwners(token), next.isOwners(changed)]).toEqual([false, true]);
  next.reset();
  expect([next.isOwners(changed), existsSync(join(state, "sessions.json"))]).toEqual([false, false]);
  await next.choose(PASSWORD, HOME);
  writeFileSync(join(state, "sessions.json"), before);
  expect([started(), next].map((after) => after.isOwners(token))).toEqual([false, false]);
});

test("sessions that cannot be read sign everybody out, and are written anew", async () => {
  const token = await access.choose(PASSWORD, HOME);
  const path = join(state, "sessions.json");
  const whole = readFileSync(path, "utf8");
  const [session] = JSON.parse(whole).sessions;
  for (const text of [
    "",
    "{}",
    "\0".repeat(100),
    whole.slice(0, -10),
    whole.replace('"age":0', '"age":-1'),
    whole.replace('"age":0', '"age":null'),
    JSON.stringify({ at: date, sessions: Array(65).fill(session) }),
    whole + " ".repeat(70_000),
  ]) {
    lines = [];
    writeFileSync(path, text);
    expect([text, started().isOwners(token)]).toEqual([text, false]);
    expect(lines).toEqual(["<4>access: sessions.json cannot be used, so everybody has to sign in again\n"]);
  }
  rmSync(path);
  mkdirSync(path);
  expect([started().isOwners(token), lines.length]).toEqual([false, 2]);
  rmSync(path, { recursive: true });
  const again = await started().signIn(PASSWORD, HOME);
  expect(started().isOwners(again)).toBe(true);
});

test("when the disk takes no session, one that has ended does not come back with a restart", async () => {
  const token = await access.choose(PASSWORD, HOME);
  // Nothing can be written beside the file, so that it cannot be replaced.
  for (let n = 0; n < 2000; n++) mkdirSync(join(state, `.sessions.json.${process.pid}.${n}`));
  await access.signOut(token);
  expect([access.isOwners(token), started().isOwners(token)]).toEqual([false, false]);
  expect(lines.some((line) => line.includes("a restart signs everybody out"))).toBe(true);
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

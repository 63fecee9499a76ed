import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Access } from "../service/access/access.ts";
import { createLog } from "../service/log.ts";
import { AccessGuard } from "./access-guard.ts";

const PASSWORD = "correct horse battery";
const [ROUTER, HOME] = ["127.0.0.1", "192.168.7.10"];

let state: string;
let visibleTo: "owner" | "household";
let access: Access;
let guard: AccessGuard;
let cookie: string;

beforeEach(async () => {
  state = mkdtempSync(join(tmpdir(), "gatehouse-guard-"));
  visibleTo = "owner";
  access = new Access({ state, visibleTo: () => visibleTo, log: createLog("access", () => {}) });
  guard = new AccessGuard(access);
  cookie = `gatehouse_session=${await access.choose(PASSWORD, HOME)}`;
});
afterEach(() => rmSync(state, { recursive: true }));

function request(headers: Record<string, string>): Request {
  return new Request("http://gatehouse/api/traffic", { headers: { host: "gatehouse", ...headers } });
}
const watch = (headers: Record<string, string>, from: string) =>
  guard.mayWatch(request(headers), from)?.status;
const change = (headers: Record<string, string>, from: string) =>
  guard.mayChange(request(headers), from)?.status;
const OWN = { origin: "http://gatehouse" };

test("the owner's browser and the router itself may watch, and everybody at home where the owner has said so", () => {
  const seen = () => [watch({}, HOME), watch({ cookie }, HOME), watch({}, ROUTER), watch({}, "")];
  expect(seen()).toEqual([401, undefined, undefined, 401]);
  visibleTo = "household";
  expect(seen()).toEqual([undefined, undefined, undefined, undefined]);
});

test("only the owner's browser and the router itself may change something, whoever may watch", () => {
  visibleTo = "household";
  expect([
    change(OWN, HOME),
    change({ ...OWN, cookie }, HOME),
    change({}, ROUTER),
    change(OWN, ROUTER),
  ]).toEqual([401, undefined, undefined, undefined]);
});

test("what is the owner's alone is told to the owner's browser and the router itself, whoever may watch", () => {
  visibleTo = "household";
  const read = (headers: Record<string, string>, from: string) =>
    guard.mayRead(request(headers), from)?.status;
  expect([
    read({}, HOME),
    read({ cookie }, HOME),
    read({}, ROUTER),
    read({ origin: "http://rebound.example", cookie }, HOME),
    read({ "sec-fetch-site": "cross-site", cookie }, HOME),
  ]).toEqual([401, undefined, undefined, 403, 403]);
});

test("the password is forgotten at the router itself only, not even by its owner elsewhere", () => {
  const reset = (headers: Record<string, string>, from: string) =>
    guard.mayReset(request(headers), from)?.status;
  expect([
    reset(OWN, HOME),
    reset({ ...OWN, cookie }, HOME),
    reset({}, ROUTER),
    reset({ cookie }, ROUTER),
  ]).toEqual([401, 403, undefined, 403]);
});

test("what another page sends is refused, the owner's cookie and the router's own browser notwithstanding", () => {
  const foreign: Record<string, string>[] = [
    { origin: "http://rebound.example" },
    { origin: "null" },
    { origin: "" },
    { origin: "http://gatehouse:8080" },
    { origin: "http://gatehouse.rebound.example" },
    { ...OWN, "sec-fetch-site": "cross-site" },
    { ...OWN, "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "cross-site" },
  ];
  visibleTo = "household";
  for (const headers of foreign) {
    const fates = [HOME, ROUTER].flatMap((from) => [
      watch({ ...headers, cookie }, from),
      change({ ...headers, cookie }, from),
    ]);
    expect({ headers, fates }).toEqual({ headers, fates: [403, 403, 403, 403] });
  }
});

test("programs change things on the router itself only, and without a browser's marks", () => {
  const marks: Record<string, string>[] = [{}, { cookie }, { "sec-fetch-site": "none" }];
  expect(marks.map((headers) => [change(headers, ROUTER), change(headers, HOME)])).toEqual([
    [undefined, 403],
    [403, 403],
    [403, 403],
  ]);
});

test("what is sent is JSON, or nothing", () => {
  const body = { "content-length": "2" };
  const types = [
    "application/json",
    "Application/JSON; charset=utf-8",
    "text/plain",
    "application/jsonp",
    "",
  ];
  expect(types.map((type) => change({ ...OWN, cookie, ...body, "content-type": type }, HOME))).toEqual([
    undefined,
    undefined,
    415,
    415,
    415,
  ]);
  expect([
    change({ ...OWN, cookie, "transfer-encoding": "chunked", "content-type": "text/plain" }, HOME),
    change({ ...OWN, cookie, "content-length": "x", "content-type": "text/plain" }, HOME),
    change({ ...OWN, cookie, "content-length": "0" }, HOME),
  ]).toEqual([415, 415, undefined]);
});

test("addresses that only look like the router's own are not", () => {
  const addresses = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"];
  const others = [
    "192.168.7.1",
    "127.0.0.1.rebound.example",
    "1127.0.0.1",
    "::ffff:192.168.7.1",
    "::",
    "localhost",
  ];
  expect([...addresses, ...others].filter((from) => watch({}, from) === undefined)).toEqual(addresses);
});

test("a session is found among other cookies, also where a neighbour has set one of the same name", () => {
  const token = cookie.split("=")[1]!;
  const seen = [
    `a=b;  ${cookie} ; c=d`,
    `gatehouse_session=forged; ${cookie}`,
    `xgatehouse_session=${token}`,
    `gatehouse_session=${token}x`,
    `gatehouse_session="${token}"`,
    `gatehouse_session`,
    "=;;;",
    `${"gatehouse_session=x;".repeat(4)}${cookie}`,
  ].map((text) => watch({ cookie: text }, HOME));
  expect(seen).toEqual([undefined, undefined, 401, 401, 401, 401, 401, 401]);
});

test("who is refused learns whether to sign in or to choose the password first", () => {
  const hint = () => guard.mayWatch(request({}), HOME)?.hint;
  expect(hint()).toContain("Sign in");
  access.account.remove();
  expect(hint()).toContain("choose it");
});

test("what stays open ends with the session, with the household's permission and with the account, once", async () => {
  const ended: string[] = [];
  const open = (name: string, headers: Record<string, string>) =>
    guard.whileWatching(request(headers), HOME, () => ended.push(name));
  visibleTo = "household";
  open("household", {});
  open("session", { cookie });
  const stop = open("closed", { cookie });
  guard.recheck();
  expect(ended).toEqual([]);
  visibleTo = "owner";
  guard.recheck();
  expect(ended).toEqual(["household"]);
  stop();
  await access.signOut(cookie.split("=")[1]!);
  guard.recheck();
  guard.recheck();
  expect(ended).toEqual(["household", "session"]);
});

import { afterEach, beforeEach, expect, spyOn, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Access } from "../service/access/access.ts";
import { createLog } from "../service/log.ts";
import type { TrafficSource } from "../service/traffic/source.ts";
import { AccessGuard } from "./access-guard.ts";
import { createApi } from "./api.ts";
import { QuietRouter } from "./fixture.ts";

const PASSWORD = "correct horse battery";
const [NOBODY, OWNER] = [
  { signedIn: false, mayWatch: false, mayChange: false },
  { signedIn: true, mayWatch: true, mayChange: true },
];

/** Traffic of which these tests see only whether it is shown. */
const WATCHED = { watch: () => ({ select() {}, close() {} }) } as unknown as TrafficSource;

let state: string;
let router: QuietRouter;
let base: string;
let stop: () => Promise<unknown>;
/** Where the requests seem to come from: the test's own come from this machine. */
let isAtTheRouter: boolean;
let lines: string[];
let now: number;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "gatehouse-access-"));
  router = new QuietRouter();
  isAtTheRouter = false;
  lines = [];
  now = 0;
  const access = new Access({
    state,
    visibleTo: () => router.settings.current.visibleTo,
    now: () => now,
    log: createLog("access", (line) => lines.push(line)),
  });
  const guard = new AccessGuard(access, () => isAtTheRouter);
  const source = Object.assign(router, { traffic: WATCHED });
  const app = createApi(source, new Map(), { domain: "lan", guard }).listen({
    hostname: "127.0.0.1",
    port: 0,
  });
  base = `http://127.0.0.1:${app.server?.port}`;
  stop = () => app.stop(true);
});
afterEach(async () => {
  await stop();
  rmSync(state, { recursive: true });
});

/** A browser on the router's own page: it keeps the cookie and sends its origin. */
class Browser {
  cookie = "";

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(base + path, {
      method,
      headers: {
        ...(method !== "GET" && { origin: base }),
        ...(this.cookie !== "" && { cookie: this.cookie }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const set = response.headers.get("set-cookie");
    if (set !== null) this.cookie = set.split(";", 1)[0]!;
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  readonly access = async () => (await this.ask("GET", "/api/access")).body;
  readonly choose = (password: unknown) => this.ask("POST", "/api/access/owner", { password });
  readonly signIn = (password: unknown) => this.ask("POST", "/api/access/session", { password });
  readonly sees = async (path = "/api/nat/sessions") => (await this.ask("GET", path)).status;
}

test("from the first visit to signing out: who comes first chooses, others sign in, each browser for itself", async () => {
  const [mine, other] = [new Browser(), new Browser()];
  expect(await mine.access()).toEqual({ owner: "none", visibleTo: "owner", ...NOBODY });
  expect(await mine.choose(PASSWORD)).toMatchObject({
    status: 200,
    body: { owner: "set", visibleTo: "owner", ...OWNER },
  });
  expect(await mine.access()).toEqual({ owner: "set", visibleTo: "owner", ...OWNER });
  expect(await other.access()).toEqual({ owner: "set", visibleTo: "owner", ...NOBODY });
  expect(await other.choose("another password")).toMatchObject({
    status: 409,
    body: { error: expect.any(String) },
  });
  expect(await other.signIn(PASSWORD)).toMatchObject({ status: 200, body: OWNER });
  expect(await mine.ask("DELETE", "/api/access/session")).toMatchObject({
    status: 200,
    body: { signedIn: false },
  });
  expect([await mine.access(), await other.access()]).toMatchObject([NOBODY, OWNER]);
});

test("the cookie cannot be read by scripts, is not sent for other pages, and ends", async () => {
  const browser = new Browser();
  const cookie = (answer: { headers: Headers }) => answer.headers.get("set-cookie")!.split("; ");
  const [token, ...attributes] = cookie(await browser.choose(PASSWORD));
  expect(token).toMatch(/^gatehouse_session=[A-Za-z0-9_-]{43}$/);
  expect(attributes).toEqual(["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=2592000"]);
  expect(cookie(await browser.ask("DELETE", "/api/access/session"))).toEqual([
    "gatehouse_session=",
    "HttpOnly",
    "SameSite=Strict",
    "Path=/",
    "Max-Age=0",
  ]);
  const [next] = cookie(await browser.signIn(PASSWORD));
  expect(next).not.toBe(token);
});

test("whom devices talk to is for the owner, or for the household; what else there is stays open to everyone", async () => {
  const [owner, guest] = [new Browser(), new Browser()];
  await owner.choose(PASSWORD);
  const closed = ["/api/nat/sessions", "/api/nat/associations", "/api/traffic/settings"];
  const open = [
    "/api/status",
    "/api/devices",
    "/api/counters",
    "/api/nat",
    "/api/nat/bindings",
    "/api/networks",
    "/api/access",
  ];
  const statuses = (browser: Browser, paths: string[]) =>
    Promise.all(paths.map((path) => browser.sees(path)));
  expect(await statuses(guest, closed)).toEqual([401, 401, 401]);
  expect(await statuses(owner, closed)).toEqual([200, 200, 200]);
  expect(await statuses(guest, open)).toEqual(Array(open.length).fill(200));
  isAtTheRouter = true;
  expect(await statuses(guest, closed)).toEqual([200, 200, 200]);
  isAtTheRouter = false;
  await owner.ask("PUT", "/api/traffic/settings", { visibleTo: "household" });
  expect(await statuses(guest, closed)).toEqual([200, 200, 200]);
  expect(await guest.access()).toEqual({ owner: "set", visibleTo: "household", ...NOBODY, mayWatch: true });
  expect((await guest.ask("PUT", "/api/traffic/settings", { visibleTo: "owner" })).status).toBe(401);
});

/** Everybody at home may ask these, or try to. */
const OPEN = [
  "GET /api/access",
  "GET /api/counters",
  "GET /api/devices",
  "GET /api/nat",
  "GET /api/nat/bindings",
  "GET /api/nat/devices/{mac}",
  "GET /api/networks",
  "GET /api/status",
  "GET /api/wifi",
  "POST /api/access/owner",
  "POST /api/access/session",
  "POST /api/access/ticket",
  "PUT /api/access/password",
  "DELETE /api/access/session",
];
const LIVE = { "GET /api/live": "open", "GET /api/traffic/live": "refused" };

test("every other address there is refuses whoever has not signed in, however it is spelled", async () => {
  const guest = new Browser();
  const { paths } = (await guest.ask("GET", "/api/docs/json")).body;
  const operations = Object.entries<object>(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const closed = operations.filter((operation) => !OPEN.includes(operation) && !(operation in LIVE));
  expect(closed.length).toBeGreaterThan(10);
  for (const operation of closed) {
    const [method, path] = operation.replaceAll(/\{\w+\}/g, "02:00:5e:00:00:01").split(" ") as [
      string,
      string,
    ];
    const body = method === "GET" || method === "DELETE" ? undefined : {};
    const spelled = [path, `${path}/`, `${path}?device=02:00:5e:00:00:01`, path.replace("a", "%61")];
    for (const address of spelled) {
      const { status } = await guest.ask(method, address, body);
      expect([operation, address, [401, 404].includes(status)]).toEqual([operation, address, true]);
    }
    expect([operation, (await guest.ask(method, path, body)).status]).toEqual([operation, 401]);
  }
});

test("the live traffic opens for whoever may watch only, and closes when that ends", async () => {
  const listen = (path: string, cookie: string) =>
    // Bun takes headers where the browser's constructor takes sub-protocols.
    new WebSocket(`${base.replace("http", "ws")}${path}`, { headers: { cookie, origin: base } } as never);
  const fate = (socket: WebSocket) =>
    new Promise<string>((resolve) => {
      socket.onopen = () => resolve("open");
      socket.onclose = ({ code }) => resolve(`refused ${code}`);
    });
  const fates = [];
  for (const operation of Object.keys(LIVE)) fates.push(await fate(listen(operation.slice(4), "")));
  expect(fates).toEqual(["open", "refused 1006"]);
  const browser = new Browser();
  await browser.choose(PASSWORD);
  const socket = listen("/api/traffic/live", browser.cookie);
  expect(await fate(socket)).toBe("open");
  const ended = fate(socket);
  await browser.ask("DELETE", "/api/access/session");
  expect(await ended).toBe("refused 1008");
});

test("a refusal says what to do, and no browser keeps what only the owner may see", async () => {
  const guest = new Browser();
  const { body, headers } = await guest.ask("GET", "/api/nat/sessions");
  expect(body).toEqual({ error: "This is for the router's owner", hint: expect.stringContaining("choose") });
  expect(headers.get("cache-control")).toBe("no-store");
  await guest.choose(PASSWORD);
  expect((await guest.ask("GET", "/api/nat/sessions")).headers.get("cache-control")).toBe("no-store");
});

test("wrong passwords are told so, then slowed down with the time to wait; the right one is let in after it", async () => {
  const browser = new Browser();
  await browser.choose(PASSWORD);
  const guess = async () => {
    const { status, headers } = await browser.signIn("wrong password");
    return [status, headers.get("retry-after")];
  };
  const fates = [];
  for (let i = 0; i < 6; i++) fates.push(await guess());
  expect(fates).toEqual([...Array(5).fill([401, null]), [429, "1"]]);
  expect((await browser.signIn(PASSWORD)).status).toBe(429);
  // Who is signed in already is not concerned.
  expect(await browser.sees()).toBe(200);
  now = 1_000;
  expect((await browser.signIn(PASSWORD)).status).toBe(200);
});

test("a session ends after a week without use", async () => {
  const browser = new Browser();
  await browser.choose(PASSWORD);
  now = 7 * 86_400_000 - 1;
  expect(await browser.sees()).toBe(200);
  now += 7 * 86_400_000;
  expect([await browser.sees(), await browser.access()]).toMatchObject([401, NOBODY]);
});

test("changing the password takes the old one and signs the other browsers out", async () => {
  const [mine, other] = [new Browser(), new Browser()];
  await mine.choose(PASSWORD);
  await other.signIn(PASSWORD);
  const change = (old: string, next: string) => mine.ask("PUT", "/api/access/password", { old, new: next });
  expect([await change("wrong password", "a new password"), await change(PASSWORD, "short")]).toMatchObject([
    { status: 401 },
    { status: 422, body: { error: "A password has 10 to 128 characters" } },
  ]);
  expect(await mine.access()).toMatchObject(OWNER);
  expect(await change(PASSWORD, "a new password")).toMatchObject({ status: 200, body: OWNER });
  expect([await mine.access(), await other.access()]).toMatchObject([OWNER, NOBODY]);
  expect((await other.signIn("a new password")).status).toBe(200);
});

test("at the router itself a forgotten password is forgotten, which signs everybody out", async () => {
  const owner = new Browser();
  await owner.choose(PASSWORD);
  expect((await owner.ask("DELETE", "/api/access/owner")).status).toBe(403);
  isAtTheRouter = true;
  const response = await fetch(`${base}/api/access/owner`, { method: "DELETE" });
  expect([response.status, await response.json()]).toEqual([200, { owner: "none" }]);
  isAtTheRouter = false;
  expect(await owner.access()).toMatchObject({ owner: "none", ...NOBODY });
});

test("hostile bodies are refused whole and make nobody the owner", async () => {
  const browser = new Browser();
  const bodies = [
    undefined,
    null,
    [],
    "x",
    {},
    { password: 1 },
    { password: [PASSWORD] },
    { password: { length: 20 } },
  ];
  for (const body of [...bodies, { password: "short" }, { password: "x".repeat(60_000) }]) {
    const { status } = await browser.ask("POST", "/api/access/owner", body, {
      "content-type": "application/json",
    });
    expect([body, status]).toEqual([body, 422]);
  }
  const raw = (body: string, type: string) =>
    fetch(`${base}/api/access/owner`, {
      method: "POST",
      body,
      headers: { origin: base, "content-type": type },
    });
  expect((await raw("{", "application/json")).status).toBe(422);
  expect((await raw(JSON.stringify({ password: PASSWORD }), "text/plain")).status).toBe(415);
  expect((await raw(`password=${PASSWORD}`, "application/x-www-form-urlencoded")).status).toBeOneOf([
    415, 422,
  ]);
  expect((await raw(JSON.stringify({ password: "x".repeat(600_000) }), "application/json")).status).toBe(413);
  expect((await browser.access()).owner).toBe("none");
});

test("no other page signs in, chooses or signs out in somebody's name; a name pointed at the router finds no router", async () => {
  const browser = new Browser();
  await browser.choose(PASSWORD);
  const foreign: Record<string, string>[] = [
    { origin: "http://rebound.example" },
    { origin: "null" },
    { origin: base.replace(/:\d+$/, ":1") },
    { "sec-fetch-site": "same-site" },
  ];
  for (const isHere of [false, true]) {
    isAtTheRouter = isHere;
    for (const headers of foreign) {
      const answers = [
        await browser.ask("POST", "/api/access/owner", { password: PASSWORD }, headers),
        await browser.ask("POST", "/api/access/session", { password: PASSWORD }, headers),
        await browser.ask("PUT", "/api/access/password", { old: PASSWORD, new: "another password" }, headers),
        await browser.ask("PUT", "/api/traffic/settings", { visibleTo: "household" }, headers),
        await browser.ask("DELETE", "/api/access/session", undefined, headers),
      ];
      expect({ headers, fates: answers.map(({ status }) => status) }).toEqual({
        headers,
        fates: Array(5).fill(403),
      });
    }
    const rebound = { host: "rebound.example", origin: "http://rebound.example" };
    expect(await browser.ask("POST", "/api/access/session", { password: PASSWORD }, rebound)).toMatchObject({
      status: 421,
    });
    expect(await browser.ask("GET", "/api/nat/sessions", undefined, rebound)).toMatchObject({ status: 421 });
  }
  isAtTheRouter = false;
  expect(await browser.access()).toMatchObject({ visibleTo: "owner", ...OWNER });
});

test("a program on the router needs no password; one elsewhere at home does not even get to try one", async () => {
  const put = () =>
    fetch(`${base}/api/traffic/settings`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: '{"captureMegabytes": 7}',
    });
  expect((await put()).status).toBe(403);
  isAtTheRouter = true;
  expect((await put()).status).toBe(200);
  expect(router.settings.current.captureMegabytes).toBe(7);
});

test("no password is logged, nor answered", async () => {
  const written = [
    spyOn(process.stderr, "write"),
    spyOn(process.stdout, "write"),
    spyOn(console, "log"),
    spyOn(console, "error"),
  ];
  const browser = new Browser();
  const answers = [
    await browser.choose(PASSWORD),
    await browser.signIn(PASSWORD),
    await browser.signIn(`${PASSWORD} wrong`),
    await browser.signIn({ password: PASSWORD }),
    await browser.ask("POST", "/api/access/session", PASSWORD),
    await browser.ask("PUT", "/api/access/password", { old: PASSWORD, new: `${PASSWORD}${"x".repeat(200)}` }),
  ];
  const said = JSON.stringify([answers, lines, written.map(({ mock }) => mock.calls)]);
  for (const spy of written) spy.mockRestore();
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 401, 422, 422, 422]);
  expect(said).not.toContain("correct horse");
});

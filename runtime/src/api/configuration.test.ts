import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "../config/parse.ts";
import { HIDDEN } from "../config/secrets.ts";
import { Access } from "../service/access/access.ts";
import { createLog } from "../service/log.ts";
import { AccessGuard } from "./access-guard.ts";
import { createApi } from "./api.ts";
import { QuietRouter } from "./fixture.ts";

const ELSEWHERE = { ...defaultConfig, lans: [{ ...defaultConfig.lans[0]!, address: "10.9.8.1/24" }] };
const SECRET = {
  ...defaultConfig,
  wifi: {
    ...defaultConfig.wifi,
    networks: [{ ...defaultConfig.wifi.networks[0]!, passphrase: "correct horse" }],
  },
};

let state: string;
let router: QuietRouter;
let base: string;
let stop: () => Promise<unknown>;
let cookie: string;

beforeEach(async () => {
  state = mkdtempSync(join(tmpdir(), "gatehouse-configuration-"));
  router = new QuietRouter();
  const access = new Access({ state, visibleTo: () => "household", log: createLog("access", () => {}) });
  // All come from the home, also those of this test.
  const guard = new AccessGuard(access, () => false);
  const app = createApi(router, new Map(), { domain: "lan", guard }).listen({
    hostname: "127.0.0.1",
    port: 0,
  });
  base = `http://127.0.0.1:${app.server?.port}`;
  stop = () => app.stop(true);
  cookie = "";
  await ask("POST", "/api/access/owner", { password: "correct horse battery" });
});
afterEach(async () => {
  await stop();
  rmSync(state, { recursive: true });
});

/** A browser on the router's page, signed in as its `cookie` says. */
async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(base + path, {
    method,
    headers: { origin: base, cookie, "content-type": "application/json", ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  cookie = response.headers.get("set-cookie")?.split(";", 1)[0] ?? cookie;
  return { status: response.status, body: await response.json() };
}
const put = (document: unknown, more: object = {}) => ask("PUT", "/api/configuration", { document, ...more });
const decide = (id: string, decision: string) => ask("POST", "/api/configuration/trial", { id, decision });

test("the document is shown with its revision and without its secrets, and comes back as it was", async () => {
  router.machine.revisions.push(SECRET);
  const shown = await ask("GET", "/api/configuration");
  expect(shown).toMatchObject({
    status: 200,
    body: { revision: 0, trial: null, document: { hostname: "gatehouse" } },
  });
  await put(SECRET);
  const { revision, document } = (await ask("GET", "/api/configuration")).body;
  expect(document.wifi.networks[0].passphrase).toBe(HIDDEN);
  expect(await put({ ...document, hostname: "den" }, { revision, why: "renamed" })).toEqual({
    status: 200,
    body: { revision: revision + 1, trial: null, ticket: null },
  });
  expect(router.configuration.current().config).toMatchObject({
    hostname: "den",
    wifi: { networks: [{ passphrase: "correct horse" }] },
  });
});

test("all faults come at once with field, reason and remedy, and nothing changes", async () => {
  const broken = { ...defaultConfig, hostname: "-", domain: "local", wifi: { country: "de" } };
  for (const answer of [
    await put(broken),
    await ask("POST", "/api/configuration/check", { document: broken }),
    await put({ ...defaultConfig, lans: [{ ...defaultConfig.lans[0], ports: ["eth7"] }] }),
  ]) {
    expect(answer.status).toBe(422);
    for (const fault of answer.body.faults)
      expect(fault).toEqual({
        path: expect.stringMatching(/^(hostname|wifi.country|lans.0.ports)$/),
        message: expect.any(String),
        fix: expect.any(String),
      });
  }
  expect(router.machine.revisions).toEqual([]);
});

test("a change that may cut its maker off is tried, shown to everyone, and kept where the router is then", async () => {
  router.machine.aliases.set("10.9.8.1", "127.0.0.1");
  expect((await ask("POST", "/api/configuration/check", { document: ELSEWHERE })).body).toEqual({
    trial: true,
    address: "127.0.0.1",
    formerAddress: "192.168.77.1",
  });
  const { status, body } = await put(ELSEWHERE, { why: "another address" });
  const { id } = body.trial;
  expect([status, body]).toEqual([
    200,
    {
      revision: null,
      trial: {
        id: expect.any(String),
        remainingMs: 90_000,
        address: "127.0.0.1",
        formerAddress: "192.168.77.1",
        who: "the router itself",
        why: "another address",
      },
      ticket: expect.any(String),
    },
  ]);
  expect((await ask("GET", "/api/configuration/trial")).body.trial).toMatchObject({
    id,
    why: "another address",
  });
  expect(await put({ ...defaultConfig, hostname: "den" })).toMatchObject({
    status: 409,
    body: { error: "Another change is being tried" },
  });
  expect((await decide("another", "keep")).status).toBe(409);
  expect((await decide(id, "keep")).body.error).toBe("The change is not in effect yet");
  await router.machine.pass(1_000);
  expect(await decide(id, "keep")).toEqual({ status: 200, body: { revision: 1 } });
  expect((await decide(id, "keep")).status).toBe(409);
});

test("nothing but a confirmation confirms, and none that comes elsewhere", async () => {
  const { id } = (await put(ELSEWHERE)).body.trial;
  for (const path of ["/api/configuration", "/api/configuration/trial", "/api/status", "/api/devices"])
    expect((await ask("GET", path)).status).toBe(200);
  await router.machine.pass(1_000);
  expect(await decide(id, "keep")).toMatchObject({
    status: 409,
    body: { hint: expect.stringContaining("new address") },
  });
  await router.machine.pass(89_000);
  expect([(await ask("GET", "/api/configuration/trial")).body, router.machine.revisions]).toEqual([
    { trial: null },
    [],
  ]);
});

test("going back is possible from anywhere", async () => {
  const { id } = (await put(ELSEWHERE)).body.trial;
  expect(await decide(id, "return")).toEqual({ status: 200, body: { revision: 0 } });
  expect(router.configuration.trial).toBeNull();
});

test("a change made from what is no longer the newest revision is refused", async () => {
  await put({ ...defaultConfig, hostname: "den" });
  expect((await put({ ...defaultConfig, hostname: "nest" }, { revision: 0 })).status).toBe(409);
});

test("a disk that does not take it is told, and nothing changes", async () => {
  router.machine.isDiskFull = true;
  expect((await put({ ...defaultConfig, hostname: "den" })).status).toBe(503);
  expect(router.configuration.current().config).toEqual(defaultConfig);
});

test("the ticket signs in once, on the router's own page only", async () => {
  const { ticket } = (await put(ELSEWHERE)).body;
  cookie = "";
  const use = (headers?: Record<string, string>) => ask("POST", "/api/access/ticket", { ticket }, headers);
  expect((await use({ origin: "http://elsewhere.example" })).status).toBe(403);
  expect((await ask("GET", "/api/configuration")).status).toBe(401);
  expect(await use()).toMatchObject({ status: 200, body: { signedIn: true } });
  expect((await ask("GET", "/api/configuration")).status).toBe(200);
  cookie = "";
  expect(await use()).toMatchObject({
    status: 401,
    body: { error: "This ticket was used already, or is too old" },
  });
});

test("everything about the configuration is the owner's, also where the household sees the traffic", async () => {
  cookie = "";
  const answers = [
    await ask("GET", "/api/configuration"),
    await ask("GET", "/api/configuration/trial"),
    await put(defaultConfig),
    await ask("POST", "/api/configuration/check", { document: defaultConfig }),
    await decide("any", "keep"),
  ];
  expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
});

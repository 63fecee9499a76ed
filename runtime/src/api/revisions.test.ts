import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "../config/parse.ts";
import { HIDDEN } from "../config/secrets.ts";
import { Access } from "../service/access/access.ts";
import { ConfigurationError } from "../service/configuration/service.ts";
import { directRevisions } from "../service/store/direct.fixture.ts";
import { ConfigStore } from "../service/store/store.ts";
import { AccessGuard } from "./access-guard.ts";
import { createApi } from "./api.ts";
import { QuietRouter, quietGuard } from "./fixture.ts";

// Deriving a key takes as long as it is meant to.
setDefaultTimeout(60_000);

const [network] = defaultConfig.wifi.networks;
const config = {
  ...defaultConfig,
  hostname: "den",
  wifi: { ...defaultConfig.wifi, networks: [{ ...network!, passphrase: "correct horse" }] },
};
const HEAD = { time: 1_700_000_000_000, who: "the router itself" };

let state: string;
let store: ConfigStore;
let router: QuietRouter;
let base: string;
let stop: () => Promise<unknown>;

beforeEach(async () => {
  state = mkdtempSync(join(tmpdir(), "gatehouse-revisions-"));
  store = new ConfigStore(join(state, "config"), () => HEAD.time);
  router = new QuietRouter();
  router.revisions = directRevisions(store, config, () => HEAD.time);
  await store.save(defaultConfig, "the router itself", "set-up");
  await store.save(config, "the router itself", "a passphrase");
  serve(quietGuard());
});
afterEach(async () => {
  await stop();
  rmSync(state, { recursive: true });
});

function serve(guard: AccessGuard): void {
  const app = createApi(router, new Map(), { domain: "lan", guard }).listen({
    hostname: "127.0.0.1",
    port: 0,
  });
  base = `http://127.0.0.1:${app.server?.port}`;
  stop = () => app.stop(true);
}

async function get(path: string) {
  const response = await fetch(`${base}${path}`);
  return { status: response.status, body: await response.json() };
}
async function post(path: string, body?: unknown) {
  const content = { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(`${base}${path}`, { method: "POST", ...(body !== undefined && content) });
  return { status: response.status, body: await response.json().catch(() => null) };
}

test("the history tells who changed what and why, newest first, page by page", async () => {
  expect(await get("/api/revisions")).toEqual({
    status: 200,
    body: {
      revisions: [
        {
          ...HEAD,
          number: 2,
          why: "a passphrase",
          changes: ["hostname: gatehouse -> den", "wifi.networks.Gatehouse.passphrase: changed"],
          fault: null,
        },
        { ...HEAD, number: 1, why: "set-up", changes: [], fault: null },
      ],
      next: null,
    },
  });
  for (let number = 3; number <= 60; number++)
    writeFileSync(join(store.folder, `0000${String(number).padStart(2, "0")}.json`), "{");
  const first = (await get("/api/revisions")).body;
  const second = (await get(`/api/revisions?before=${first.next}`)).body;
  expect([
    first.revisions.length,
    first.next,
    first.revisions[0].fault,
    second.revisions.length,
    second.next,
  ]).toEqual([50, 11, "the file is not JSON", 10, null]);
});

test("a revision tells what it changed, and what would change if it came back", async () => {
  const hostname = (before: string, after: string) => ({ path: "hostname", before, after });
  const passphrase = { path: "wifi.networks.Gatehouse.passphrase", before: null, after: null };
  expect([await get("/api/revisions/2"), (await get("/api/revisions/1")).body.restoring]).toEqual([
    {
      status: 200,
      body: {
        ...HEAD,
        number: 2,
        why: "a passphrase",
        before: 1,
        changes: [hostname("gatehouse", "den"), passphrase],
        restoring: [],
      },
    },
    [hostname("den", "gatehouse"), passphrase],
  ]);
  expect([
    (await get("/api/revisions?before=0")).status,
    (await get("/api/revisions/9")).status,
    (await get("/api/revisions/-1")).status,
  ]).toEqual([422, 404, 404]);
});

test("restoring is a new revision that says of which, and nothing is lost", async () => {
  expect(await post("/api/revisions/1/restore")).toEqual({
    status: 200,
    body: { revision: 3, trial: null, ticket: null },
  });
  expect([(await store.load()).config, (await store.history(1))[0]]).toEqual([
    defaultConfig,
    expect.objectContaining({ number: 3, who: "the router itself", why: "as revision 1" }),
  ]);
  expect(await post("/api/revisions/9/restore")).toMatchObject({
    status: 404,
    body: { error: expect.stringContaining("Revision 9 cannot be used") },
  });
});

test("what is exported is imported again, with its secrets", async () => {
  const file = (await post("/api/configuration/export", { passphrase: "a long passphrase" })).body;
  expect(JSON.stringify(file)).not.toContain("horse");
  await post("/api/revisions/0/restore");
  const wish = { file, passphrase: "a long passphrase" };
  expect((await post("/api/configuration/import/check", wish)).body.changes).toHaveLength(2);
  expect(await post("/api/configuration/import", wish)).toEqual({
    status: 200,
    body: { revision: 4, trial: null, ticket: null },
  });
  expect([(await store.load()).config, (await store.history(2)).map(({ why }) => why)]).toEqual([
    config,
    ["from a file of 2023-11-14", "as delivered"],
  ]);
});

test("each fault of an import names its field, and nothing is changed", async () => {
  const locked = (await post("/api/configuration/export", { passphrase: "a long passphrase" })).body;
  const plain = (await post("/api/configuration/export", {})).body;
  const secret = "wifi.networks.0.passphrase";
  const fields = async (wish: object) => {
    const { status, body } = await post("/api/configuration/import", wish);
    return [status, body.fields?.map(({ field }: { field: string }) => field)];
  };
  expect([
    await fields({ file: "holiday.jpg" }),
    await fields({ file: locked }),
    await fields({ file: locked, passphrase: "another one" }),
    await fields({ file: locked, passphrase: null }),
    await fields({ file: plain }),
    await fields({ file: plain, secrets: { [secret]: "short" } }),
    await fields({ file: { ...plain, document: { version: 9 } } }),
    await fields({ file: { ...plain, document: { version: 2, hostname: "-", lans: [] } } }),
    await fields({ passphrase: 7 }),
  ]).toEqual([
    [422, ["file"]],
    [422, ["passphrase"]],
    [422, ["passphrase"]],
    [422, [secret]],
    [422, [secret]],
    [422, [secret]],
    [422, ["version"]],
    [422, ["hostname", "lans"]],
    [422, undefined],
  ]);
  expect((await store.load()).revision.number).toBe(2);
  const given = await post("/api/configuration/import", {
    file: plain,
    secrets: { [secret]: "battery staple" },
  });
  expect([given.status, (await store.load()).config.wifi.networks[0]!.passphrase]).toEqual([
    200,
    "battery staple",
  ]);
});

test("the file is a download with a name of its own, and a short passphrase is refused by its field", async () => {
  const response = await fetch(`${base}/api/configuration/export`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  const { document } = (await response.json()) as { document: typeof config };
  expect([
    response.headers.get("content-disposition"),
    response.headers.get("cache-control"),
    document.wifi.networks[0]!.passphrase,
    (await post("/api/configuration/export", { passphrase: "short" })).body.fields[0].field,
  ]).toEqual([
    'attachment; filename="gatehouse-Den-configuration-2023-11-14T22-13-20Z.json"',
    "no-store",
    HIDDEN,
    "passphrase",
  ]);
});

test("a file of up to a megabyte is taken of the owner, and of nobody else", async () => {
  const file = { gatehouse: "configuration", padding: "x".repeat(900_000) };
  const send = async (path: string, length: number) =>
    (await post(path, { file, more: "x".repeat(length) })).status;
  expect([await send("/api/configuration/import", 0), await send("/api/access/owner", 0)]).toEqual([
    422, 413,
  ]);
  expect(await send("/api/configuration/import", 300_000)).toBe(413);
  const body = new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(1000)) });
  const endless = await fetch(`${base}/api/access/owner`, { method: "POST", body });
  expect(endless.status).toBe(413);
  await stop();
  serve(new AccessGuard(new Access({ state, visibleTo: () => "household" }), () => false));
  expect(await send("/api/configuration/import", 0)).toBe(413);
});

test("another change that is being tried is told as such", async () => {
  const revisions = directRevisions(store, config);
  revisions.restore = async () => {
    throw new ConfigurationError("on-trial");
  };
  router.revisions = revisions;
  await stop();
  serve(quietGuard());
  expect(await post("/api/revisions/1/restore")).toEqual({
    status: 409,
    body: { error: "Another change is being tried", hint: expect.any(String) },
  });
});

test("all of it is the owner's alone, whoever may see what devices do", async () => {
  await stop();
  serve(new AccessGuard(new Access({ state, visibleTo: () => "household" }), () => false));
  const statuses = [await get("/api/revisions"), await get("/api/revisions/1")];
  for (const path of ["/api/revisions/1/restore", "/api/configuration/export", "/api/configuration/import"]) {
    const response = await fetch(`${base}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: base },
      body: JSON.stringify({ file: {} }),
    });
    statuses.push({ status: response.status, body: await response.json() });
  }
  expect(statuses.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
  expect((await store.load()).revision.number).toBe(2);
});

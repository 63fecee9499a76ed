import { afterEach, beforeEach, expect, test } from "bun:test";
import { createApi } from "./api.ts";
import { QuietRouter, quietGuard } from "./fixture.ts";
import type { PolicyNow } from "./policy-model.ts";

const TABLET = "02:00:5e:00:00:01";

let address: string;
let stop: () => Promise<unknown>;

beforeEach(() => {
  const router = new QuietRouter();
  const options = { domain: "lan", guard: quietGuard() };
  const app = createApi(router, new Map(), options).listen({ hostname: "127.0.0.1", port: 0 });
  address = `http://127.0.0.1:${app.server?.port}/api/policy`;
  stop = () => app.stop(true);
});
afterEach(() => stop());

async function ask(method: string, path: string, body?: unknown) {
  const headers = { "content-type": "application/json" };
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const response = await fetch(`${address}${path}`, init);
  return { status: response.status, body: await response.json() };
}

async function now(): Promise<PolicyNow> {
  return (await ask("GET", "")).body;
}

test("a device is paused and goes on, each a change of the configuration in words", async () => {
  expect(await now()).toEqual({ timezone: "UTC", devices: [], groups: [] });
  const paused = await ask("PUT", `/devices/${TABLET.toUpperCase()}`, { paused: true });
  expect([paused.status, paused.body.trial, (await now()).devices]).toEqual([
    200,
    null,
    [
      {
        mac: TABLET,
        state: "paused",
        whose: "device",
        sentence: "paused",
        until: null,
        download: null,
        upload: null,
        rules: { paused: true, offline: [], download: null, upload: null, group: null },
      },
    ],
  ]);
  await ask("PUT", `/devices/${TABLET}`, { paused: false, download: 20 });
  expect((await now()).devices.map(({ state, download }) => [state, download])).toEqual([["online", 20]]);
});

test("a group holds for its devices until it is deleted", async () => {
  const always = [
    { from: "00:00", to: "12:00" },
    { from: "12:00", to: "00:00" },
  ];
  expect((await ask("PUT", "/groups/children", { offline: always, upload: 5 })).status).toBe(200);
  await ask("PUT", `/devices/${TABLET}`, { group: "children" });
  const { devices, groups } = await now();
  expect([devices, groups].map(([one]) => [one?.state, one?.whose, one?.upload])).toEqual([
    ["hours", "group", 5],
    ["hours", "group", 5],
  ]);
  expect((await ask("DELETE", "/groups/children")).status).toBe(200);
  expect((await now()).devices.map(({ state, rules }) => [state, rules.group])).toEqual([["online", null]]);
});

test("what cannot be is told by its field, all at once, and changes nothing", async () => {
  const answer = await ask("PUT", `/devices/${TABLET}`, {
    download: 0,
    group: "nobody",
    offline: [{ from: "25:00", to: "06:00" }],
  });
  const fields = answer.body.fields.map(({ field }: { field: string }) => field);
  expect([answer.status, fields.sort(), (await now()).devices]).toEqual([
    422,
    ["download", "offline.0.from"],
    [],
  ]);
  const { body } = await ask("PUT", `/devices/${TABLET}`, { group: "nobody" });
  expect(body.fields.map(({ field }: { field: string }) => field)).toEqual(["group"]);
});

test("strangers and groups that are not there are unknown", async () => {
  expect([
    (await ask("PUT", "/devices/02:00:5e:00:00:99", { paused: true })).status,
    (await ask("PUT", "/devices/tv", { paused: true })).status,
    (await ask("DELETE", "/groups/nobody")).status,
    (await ask("PUT", `/devices/${TABLET}`, [])).status,
  ]).toEqual([404, 404, 404, 422]);
});

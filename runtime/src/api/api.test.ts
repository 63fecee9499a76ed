import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { refusalOf } from "./admission.ts";
import { createApi } from "./api.ts";
import type { Assets } from "./assets.ts";
import { QuietRouter, quietGuard } from "./fixture.ts";
import type { LiveEvent, TrafficEvent } from "./model.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-api-"));
const router = new QuietRouter();
let base = "";
let stop: () => Promise<unknown>;

beforeAll(async () => {
  const html = { file: join(folder, "index.html"), contentType: "text/html; charset=utf-8" };
  const script = {
    file: join(folder, "a.js"),
    gzip: join(folder, "a.js.gz"),
    contentType: "text/javascript; charset=utf-8",
  };
  await Bun.write(html.file, "<p>page</p>");
  await Bun.write(script.file, "export {}");
  await Bun.write(script.gzip, Bun.gzipSync("export {}"));
  const assets: Assets = new Map([
    ["/index.html", html],
    ["/docs.html", html],
    ["/assets/a.js", script],
  ]);
  const app = createApi(router, assets, { domain: "home.arpa", guard: quietGuard() }).listen({
    hostname: "127.0.0.1",
    port: 0,
  });
  base = `http://127.0.0.1:${app.server?.port}`;
  stop = () => app.stop(true);
});

afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}) => fetch(base + path, { headers });

describe("answers", () => {
  test("status, devices and counters as the router tells them", async () => {
    expect(await (await get("/api/status")).json()).toEqual(router.status());
    expect(await (await get("/api/devices")).json()).toEqual(router.devices());
    expect(await (await get("/api/counters")).json()).toEqual(router.counters());
    expect(await (await get("/api/nat")).json()).toEqual(router.nat.summary());
  });

  test("what does not exist, and every method that would change something, is a fault in JSON", async () => {
    for (const [path, method] of [
      ["/api/nothing", "GET"],
      ["/assets/gone.js", "GET"],
      ["/favicon.ico", "GET"],
      ["/../../etc/passwd.txt", "GET"],
      ["/api/status", "POST"],
      ["/api/devices", "DELETE"],
    ] as const) {
      const response = await fetch(base + path, { method });
      expect({ path, status: response.status, body: await response.json() }).toEqual({
        path,
        status: 404,
        body: { error: expect.any(String), hint: expect.any(String) },
      });
    }
  });

  test("every operation of the OpenAPI document says what it is and what it answers", async () => {
    const { openapi, paths } = await (await get("/api/docs/json")).json();
    expect(openapi).toStartWith("3.");
    expect(Object.keys(paths).sort()).toEqual([
      "/api/access",
      "/api/access/owner",
      "/api/access/password",
      "/api/access/session",
      "/api/access/ticket",
      "/api/captures",
      "/api/captures/file",
      "/api/configuration",
      "/api/configuration/check",
      "/api/configuration/export",
      "/api/configuration/import",
      "/api/configuration/import/check",
      "/api/configuration/trial",
      "/api/counters",
      "/api/devices",
      "/api/devices/{mac}/wake",
      "/api/live",
      "/api/nat",
      "/api/nat/associations",
      "/api/nat/bindings",
      "/api/nat/devices/{mac}",
      "/api/nat/sessions",
      "/api/networks",
      "/api/policy",
      "/api/policy/devices/{mac}",
      "/api/policy/groups/{name}",
      "/api/revisions",
      "/api/revisions/{number}",
      "/api/revisions/{number}/restore",
      "/api/status",
      "/api/traffic",
      "/api/traffic/devices/{mac}",
      "/api/traffic/devices/{mac}/questions",
      "/api/traffic/export",
      "/api/traffic/extent",
      "/api/traffic/live",
      "/api/traffic/notices",
      "/api/traffic/notices/silenced",
      "/api/traffic/notices/{id}/silence",
      "/api/traffic/now",
      "/api/traffic/series",
      "/api/traffic/settings",
      "/api/traffic/statistics",
      "/api/traffic/totals",
      "/api/wan",
      "/api/wan/probe",
      "/api/wifi",
      "/api/wifi/passphrases",
    ]);
    const operations = Object.entries<Record<string, Record<string, unknown>>>(paths);
    for (const [path, operation] of operations.flatMap(([path, methods]) =>
      Object.values(methods).map((operation) => [path, operation] as const),
    )) {
      const statuses = Object.keys(operation.responses as object);
      expect([path, statuses.filter((status) => /^(101|20\d)$/.test(status)).length]).toEqual([path, 1]);
      expect({ path, operation }).toEqual({
        path,
        operation: expect.objectContaining({
          operationId: expect.any(String),
          summary: expect.any(String),
          description: expect.any(String),
          responses: expect.any(Object),
        }),
      });
    }
  });
});

describe("files", () => {
  test("each view has the page, asked for anew each time; hashed files are kept for good", async () => {
    for (const path of ["/", "/devices", "/devices/02:00:5e:00:00:01", "/network", "/api/docs"]) {
      const response = await get(path);
      expect([path, response.status, await response.text()]).toEqual([path, 200, "<p>page</p>"]);
      expect(response.headers.get("cache-control")).toBe("no-cache");
    }
    const script = await get("/assets/a.js");
    expect([script.headers.get("cache-control"), script.headers.get("content-type")]).toEqual([
      "public, max-age=31536000, immutable",
      "text/javascript; charset=utf-8",
    ]);
  });

  test("gzip for those who take it, plain for those who do not", async () => {
    const packed = await get("/assets/a.js", { "accept-encoding": "gzip" });
    const plain = await get("/assets/a.js", { "accept-encoding": "identity" });
    expect([packed.headers.get("content-encoding"), await packed.text()]).toEqual(["gzip", "export {}"]);
    expect([plain.headers.get("content-encoding"), await plain.text()]).toEqual([null, "export {}"]);
  });
});

describe("strangers", () => {
  test("only the router's own names are answered, on every path", async () => {
    const hosts = {
      "127.0.0.1": 200,
      "localhost:8080": 200,
      "192.168.7.1": 200,
      den: 200,
      "DEN.home.arpa.": 200,
      gatehouse: 200,
      "GATEHOUSE.home.arpa.": 200,
      "rebound.example": 421,
      "192.168.7.1.rebound.example": 421,
      "192.168.7.2": 421,
    };
    for (const path of ["/api/status", "/", "/api/docs/json"]) {
      const seen: Record<string, number> = {};
      for (const host of Object.keys(hosts)) seen[host] = (await get(path, { host })).status;
      expect(seen).toEqual(hosts);
    }
    expect(await (await get("/", { host: "rebound.example" })).json()).toEqual({
      error: expect.any(String),
      hint: expect.any(String),
    });
  });

  test("every answer carries the security headers and none allows other origins", async () => {
    for (const [path, host] of [
      ["/", "localhost"],
      ["/api/status", "localhost"],
      ["/api/gone", "localhost"],
      ["/", "rebound.example"],
    ] as const) {
      const { headers } = await get(path, { host, origin: "http://rebound.example" });
      expect(headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self'");
      expect(headers.get("content-security-policy")).not.toContain("unsafe");
      expect([headers.get("x-content-type-options"), headers.get("referrer-policy")]).toEqual([
        "nosniff",
        "no-referrer",
      ]);
      expect(headers.get("access-control-allow-origin")).toBeNull();
    }
  });

  test("a WebSocket opens for the router's own page and for programs only", async () => {
    const outcome = (headers: Record<string, string>) =>
      new Promise<string>((resolve) => {
        // Bun takes headers where the browser's constructor takes sub-protocols.
        const socket = new WebSocket(`${base.replace("http", "ws")}/api/live`, { headers } as never);
        socket.onmessage = () => {
          socket.close();
          resolve("open");
        };
        socket.onerror = () => resolve("refused");
      });
    expect(
      await Promise.all([
        outcome({}),
        outcome({ origin: base }),
        outcome({ host: "gatehouse", origin: "http://gatehouse" }),
        outcome({ origin: "http://rebound.example" }),
        outcome({ origin: "null" }),
        outcome({ origin: base.replace(/:\d+$/, ":1") }),
        outcome({ host: "rebound.example", origin: "http://rebound.example" }),
      ]),
    ).toEqual(["open", "open", "open", "refused", "refused", "refused", "refused"]);
  });
});

test("a Host with a port that cannot be is refused like any stranger", () => {
  const names = new Set(["gatehouse"]);
  const headers = new Headers({ host: "gatehouse:99999", origin: "http://gatehouse", upgrade: "websocket" });
  expect(refusalOf(headers, names)?.status).toBe(403);
});

test("the live stream greets with status and devices, passes events on, and ends its subscription", async () => {
  const traffic: TrafficEvent = {
    type: "traffic",
    at: 100,
    intervalMs: 100,
    total: { up: 1, down: 2 },
    devices: [{ mac: "02:00:5e:00:00:01", up: 1, down: 2 }],
  };
  const heard: LiveEvent[] = [];
  await new Promise<void>((resolve) => {
    const socket = new WebSocket(`${base.replace("http", "ws")}/api/live`);
    socket.onmessage = ({ data }) => {
      heard.push(JSON.parse(data));
      if (heard.length === 2) router.say(traffic);
      if (heard.length === 3) socket.close();
    };
    socket.onclose = () => resolve();
  });
  expect(heard).toEqual([
    { type: "status", status: router.status() },
    { type: "devices", devices: router.devices() },
    traffic,
  ]);
  while (router.watched) await new Promise(setImmediate);
});

test("one device cannot take the live connections of all", async () => {
  const sockets = Array.from({ length: 17 }, () => new WebSocket(`${base.replace("http", "ws")}/api/live`));
  const fates = sockets.map(
    (socket) =>
      new Promise<string>((resolve) => {
        socket.onmessage = () => resolve("greeted");
        socket.onclose = ({ code }) => resolve(`closed ${code}`);
      }),
  );
  const seen = (await Promise.all(fates)).sort();
  for (const socket of sockets) socket.close();
  expect(seen).toEqual(["closed 1013", ...new Array(16).fill("greeted")]);
  while (router.watched) await new Promise(setImmediate);
});

test("a reader that stands still gets fewer messages later, and every byte is in them", async () => {
  const events = 20_000;
  const devices = Array.from({ length: 20 }, (_, i) => ({ mac: `02:00:5e:00:00:${i + 10}`, up: 1, down: 2 }));
  const heard = { messages: 0, up: 0, intervalMs: 0 };
  const socket = new WebSocket(`${base.replace("http", "ws")}/api/live`);
  await new Promise<void>((resolve) => {
    socket.onmessage = ({ data }) => {
      const event: LiveEvent = JSON.parse(data);
      // Nothing is read while this loop runs, so the connection fills up.
      if (event.type === "devices") {
        for (let i = 1; i <= events; i++) {
          router.say({ type: "traffic", at: i * 100, intervalMs: 100, total: { up: 20, down: 40 }, devices });
        }
      }
      if (event.type !== "traffic") return;
      heard.messages++;
      heard.up += event.devices.reduce((sum, { up }) => sum + up, 0);
      heard.intervalMs += event.intervalMs;
      if (event.at === events * 100) resolve();
    };
  });
  socket.close();
  expect(heard).toEqual({ messages: expect.any(Number), up: events * 20, intervalMs: events * 100 });
  expect(heard.messages).toBeLessThan(events);
});

import { openapi } from "@elysiajs/openapi";
import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { refusalOf } from "./admission.ts";
import { type Assets, assetResponse, isView } from "./assets.ts";
import { SECURITY_HEADERS } from "./headers.ts";
import { LiveFeed } from "./live-feed.ts";
import { Device, Fault, LiveEvent, Status } from "./model.ts";
import { documentation } from "./openapi.ts";
import type { RouterSource } from "./source.ts";

export interface ApiOptions {
  /** Domain of the home network: the router is also called `${hostName}.${domain}`. */
  domain: string;
}

/** Bytes one live connection may hold unsent before it is told less; the kernel's own buffer comes on top. */
const UNSENT_LIMIT = 256 * 1024;

/** The router's web face: the page, the API and the live stream. Read-only. */
export function createApi(source: RouterSource, assets: Assets, options: ApiOptions) {
  const feed = new LiveFeed<string>(source);
  const page = (path: string, request: Request) =>
    assetResponse(assets, path, request.headers.get("accept-encoding")) ?? missing();

  return new Elysia({
    // A second program on the same port must fail instead of sharing it silently.
    serve: { development: false, reusePort: false, maxRequestBodySize: 64 * 1024 },
    websocket: { idleTimeout: 30, maxPayloadLength: 1024, backpressureLimit: UNSENT_LIMIT },
  })
    .onRequest(({ request, set }) => {
      Object.assign(set.headers, SECURITY_HEADERS);
      const refusal = refusalOf(request.headers, ownNames(source.status(), options.domain));
      if (refusal === undefined) return;
      const { status, ...fault } = refusal;
      return Response.json(fault, { status, headers: SECURITY_HEADERS });
    })
    .onError(({ code, error }) => {
      if (code === "NOT_FOUND") return missing();
      if (code === "VALIDATION" || code === "PARSE") {
        return faultResponse(422, "The request does not have the form this address takes", "See /api/docs.");
      }
      const cause = error instanceof Error ? error.message : String(code);
      return faultResponse(
        500,
        `The router could not answer: ${cause}`,
        "Try again; the router's log says more.",
      );
    })
    .use(openapi({ path: "/api/docs", provider: null, exclude: { methods: ["ws"] }, documentation }))
    .get("/api/status", () => source.status(), {
      response: { 200: Status, 421: Fault },
      detail: {
        operationId: "getStatus",
        tags: ["Router"],
        summary: "The router's state",
        description: "Internet, home network, Wi-Fi, address translation and what the owner should know.",
      },
    })
    .get("/api/devices", () => source.devices(), {
      response: { 200: Type.Array(Device), 421: Fault },
      detail: {
        operationId: "getDevices",
        tags: ["Devices"],
        summary: "Every device known",
        description: "Connected or not, with the volumes since the router started.",
      },
    })
    .ws("/api/live", {
      response: LiveEvent,
      open(ws) {
        const admitted = feed.open(ws.id, (text) => ws.raw.send(text));
        if (!admitted) ws.close(1013, "Too many live connections");
      },
      drain: (ws) => feed.drained(ws.id),
      close: (ws) => feed.close(ws.id),
    })
    .get("/api/docs", ({ request }) => page("/docs.html", request), { detail: { hide: true } })
    .get("/*", ({ request, path }) => page(isView(path) ? "/index.html" : path, request), {
      detail: { hide: true },
    });
}

/** The routes with their types, for the page's client. */
export type App = ReturnType<typeof createApi>;

function ownNames({ routerAddress, hostName }: Status, domain: string): ReadonlySet<string> {
  const name = hostName.toLowerCase();
  return new Set([routerAddress, name, `${name}.${domain.toLowerCase()}`, "localhost", "127.0.0.1", "[::1]"]);
}

function missing(): Response {
  return faultResponse(
    404,
    "There is nothing at this address",
    "The addresses that exist are listed at /api/docs.",
  );
}

function faultResponse(status: number, error: string, hint: string): Response {
  return Response.json({ error, hint } satisfies Fault, { status });
}

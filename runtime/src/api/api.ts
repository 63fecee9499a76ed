import { openapi } from "@elysiajs/openapi";
import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { accessRoutes } from "./access.ts";
import type { AccessGuard } from "./access-guard.ts";
import { refusalOf } from "./admission.ts";
import { type Assets, assetResponse, isView } from "./assets.ts";
import { isTooLong, LARGEST_BODY, tooLong } from "./body-limit.ts";
import { captureRoutes } from "./captures.ts";
import { configurationRoutes } from "./configuration.ts";
import { Downloads } from "./download.ts";
import { faultOf, missing } from "./faults.ts";
import { SECURITY_HEADERS } from "./headers.ts";
import { lanRoutes } from "./lan.ts";
import { LiveFeed } from "./live-feed.ts";
import { Counters, Device, Fault, LiveEvent, Status } from "./model.ts";
import { natRoutes } from "./nat.ts";
import { documentation } from "./openapi.ts";
import { policyRoutes } from "./policy.ts";
import { backupRoutes, revisionRoutes } from "./revisions.ts";
import type { RouterSource } from "./source.ts";
import { trafficChanges, trafficRoutes } from "./traffic.ts";
import { trafficExport } from "./traffic-export.ts";
import { trafficLive } from "./traffic-live-route.ts";
import { trafficSettingsRoutes } from "./traffic-settings.ts";
import { wanRoutes } from "./wan.ts";
import { wifiRoutes } from "./wifi.ts";

export interface ApiOptions {
  /** Domain of the home network, as it is now: the router is also called `${hostName}.${domain}`. */
  readonly domain: string;
  /** Who may see what devices do, and change something. */
  guard: AccessGuard;
}

/** Bytes one live connection may hold unsent: a list of a thousand devices, which goes out whole. The kernel has its own. */
const UNSENT_LIMIT = 1024 * 1024;

/** The router's web face: the page, the API and the live stream. */
export function createApi(source: RouterSource, assets: Assets, options: ApiOptions) {
  const feed = new LiveFeed<string>(source);
  const downloads = new Downloads(options.guard);
  const page = (path: string, request: Request) =>
    assetResponse(assets, path, request.headers.get("accept-encoding")) ?? missing();

  return new Elysia({
    // A second program on the same port must fail instead of sharing it silently.
    serve: { development: false, reusePort: false, maxRequestBodySize: LARGEST_BODY },
    websocket: { idleTimeout: 30, maxPayloadLength: 1024, backpressureLimit: UNSENT_LIMIT },
  })
    .onRequest(({ request, server, set }) => {
      Object.assign(set.headers, SECURITY_HEADERS);
      if (isTooLong(request, server, options.guard)) return tooLong();
      return turnedAway(request, ownNames(source, options.domain));
    })
    .onError(({ code, error }) => faultOf(code, error))
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
    .get("/api/counters", () => source.counters(), {
      response: { 200: Counters, 421: Fault },
      detail: {
        operationId: "getCounters",
        tags: ["Router"],
        summary: "What was counted",
        description: "Messages and packets by what was done with them, malformed and dropped ones included.",
      },
    })
    .use(accessRoutes(options.guard))
    .use(lanRoutes(source, options.guard))
    .use(wifiRoutes(source, options.guard))
    .use(wanRoutes(source, options.guard))
    .use(configurationRoutes(source, options.guard))
    .use(policyRoutes(source, options.guard))
    .use(natRoutes(source, options.guard))
    .use(trafficRoutes(source, options.guard))
    .use(trafficExport(source, options.guard, downloads))
    .use(trafficChanges(source, options.guard))
    .use(trafficLive(source, options.guard))
    .use(captureRoutes(source, options.guard, downloads))
    .use(trafficSettingsRoutes(source, options.guard))
    .use(revisionRoutes(source, options.guard))
    .use(backupRoutes(source, options.guard))
    .ws("/api/live", {
      response: LiveEvent,
      open(ws) {
        const admitted = feed.open(ws.id, ws.remoteAddress, (text) => ws.raw.send(text));
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

function turnedAway({ headers }: Request, names: ReadonlySet<string>): Response | undefined {
  const refusal = refusalOf(headers, names);
  if (refusal === undefined) return undefined;
  const { status, ...fault } = refusal;
  return Response.json(fault, { status, headers: SECURITY_HEADERS });
}

/**
 * What the home's DNS knows the router by, "gatehouse" whatever its owner calls it (dns/zone.ts), and its addresses in the networks
 * that may open its page.
 */
function ownNames(source: Pick<RouterSource, "lan" | "status">, domain: string): ReadonlySet<string> {
  const names = [source.status().hostName.toLowerCase(), "gatehouse"];
  const inDomain = names.map((name) => `${name}.${domain.toLowerCase()}`);
  return new Set([...source.lan.pageAddresses(), ...names, ...inDomain, "localhost", "127.0.0.1", "[::1]"]);
}

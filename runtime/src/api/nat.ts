import { Elysia } from "elysia";
import { parseIPv4 } from "../addr/ipv4.ts";
import { RequestFault } from "./faults.ts";
import { type Guard, watching } from "./guard.ts";
import { Fault } from "./model.ts";
import {
  NatAssociations,
  NatBindings,
  NatDevice,
  type NatRows,
  NatSessions,
  NatSummary,
} from "./nat-model.ts";
import { DEFAULT_ROWS, LIST_PARAMETERS, parseNatQuery } from "./nat-query.ts";
import { inTime } from "./patience.ts";
import { describeParameters, unknownDevice } from "./query.ts";
import type { NatPage, RouterSource } from "./source.ts";

/** A page takes milliseconds; the longest search, on a busy machine, a second. */
const PATIENCE_MS = 10_000;
const tags = ["NAT"];
const FAULTS = { 404: Fault, 421: Fault, 422: Fault, 503: Fault };

/** Whom devices talk to is not for everyone. */
const REFUSALS = { 401: Fault, 403: Fault };

/** Address translation: its figures, and what it holds, page by page. */
export function natRoutes(source: RouterSource, guard: Guard) {
  const beforeHandle = watching(guard);
  return new Elysia()
    .get("/api/nat", () => source.nat.summary(), {
      response: { 200: NatSummary, 421: Fault },
      detail: {
        operationId: "getNat",
        tags,
        summary: "Address translation",
        description: "How much it holds, and what it refused and why, in words.",
      },
    })
    .get("/api/nat/bindings", ({ request }) => listing(source, "bindings", request), {
      response: { 200: NatBindings, ...FAULTS },
      detail: {
        operationId: "getNatBindings",
        tags,
        summary: "Ports open towards the Internet",
        description: "Every binding: which port of the Internet address leads to which port of which device.",
        parameters: describeParameters(LIST_PARAMETERS.bindings),
      },
    })
    .get("/api/nat/sessions", ({ request }) => listing(source, "sessions", request), {
      beforeHandle,
      response: { 200: NatSessions, ...REFUSALS, ...FAULTS },
      detail: {
        operationId: "getNatSessions",
        tags,
        summary: "Connections through the router",
        description: "Every TCP and UDP session: who talks to whom, since when and how much.",
        parameters: describeParameters(LIST_PARAMETERS.sessions),
      },
    })
    .get("/api/nat/associations", ({ request }) => listing(source, "associations", request), {
      beforeHandle,
      response: { 200: NatAssociations, ...REFUSALS, ...FAULTS },
      detail: {
        operationId: "getNatAssociations",
        tags,
        summary: "Tunnels through the router",
        description: "Protocols without translated ports, such as GRE and ESP: which device talks to whom.",
        parameters: describeParameters(LIST_PARAMETERS.associations),
      },
    })
    .get("/api/nat/devices/:mac", ({ params }) => device(source, params.mac), {
      response: { 200: NatDevice, ...FAULTS },
      detail: {
        operationId: "getNatDevice",
        tags,
        summary: "A device's NAT type",
        description: "Open, moderate or strict, as consoles say, and the figures behind it.",
      },
    });
}

async function listing<List extends keyof NatRows>(
  source: RouterSource,
  what: List,
  request: Request,
): Promise<NatPage<NatRows[List]>> {
  const { device: owner, limit = DEFAULT_ROWS, after, ...filter } = parseNatQuery(request, what);
  if (owner === undefined) return answered(source.nat.list(what, filter, limit, after));
  const host = parseIPv4(owner) === undefined ? addressOf(source, owner) : owner;
  if (host === undefined) throw unknownDevice("device", owner);
  // It has no address now, so nothing is open for it.
  if (host === null) return { rows: [], next: null };
  return answered(source.nat.list(what, { ...filter, host }, limit, after));
}

async function device(source: RouterSource, mac: string): Promise<NatDevice> {
  const known = await answered(source.nat.device(mac.toLowerCase()));
  if (known === undefined) throw unknownDevice("mac", mac);
  return known;
}

/** null: the device has no address now. */
function addressOf(source: RouterSource, mac: string): string | null | undefined {
  return source.devices().find((known) => known.mac === mac)?.address;
}

async function answered<T>(answer: Promise<T>): Promise<T> {
  try {
    return await inTime(answer, PATIENCE_MS);
  } catch (error) {
    throw new RequestFault(503, {
      error: `The data plane did not answer: ${(error as Error).message}`,
      hint: "Connections that exist go on. It is started again by itself; try again in a moment.",
    });
  }
}

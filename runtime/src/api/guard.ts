import type { Server } from "bun";
import { SECURITY_HEADERS } from "./headers.ts";

/** Why somebody may not do what was asked. 401: signing in would help; 403 and 415: the request itself is not one of the router's page. */
export interface AccessRefusal {
  status: 401 | 403 | 415;
  error: string;
  hint: string;
}

/** Who may see what devices do, and who may change something. `remoteAddress` is the other end of the connection, as text. */
export interface Guard {
  /** For reading whom devices talk to, what they asked, histories and captures. Undefined: it may. */
  mayWatch(request: Request, remoteAddress: string): AccessRefusal | undefined;
  /** For whatever changes or deletes something; also refuses what other pages send in the owner's name. Undefined: it may. */
  mayChange(request: Request, remoteAddress: string): AccessRefusal | undefined;
  /**
   * For what stays open, such as a WebSocket or a capture that goes on: calls `denied` once, when whoever sent `request` may watch
   * no longer; until the returned function is called.
   */
  whileWatching(request: Request, remoteAddress: string, denied: () => void): () => void;
}

interface Asked {
  request: Request;
  server: Server<unknown> | null;
}

/** The `beforeHandle` of routes for those who may watch, WebSockets too. */
export const watching = (guard: Guard) => (asked: Asked) =>
  refused(guard.mayWatch(asked.request, remoteAddress(asked)));

/** The `beforeHandle` of routes that change something. */
export const changing = (guard: Guard) => (asked: Asked) =>
  refused(guard.mayChange(asked.request, remoteAddress(asked)));

/** The other end of the connection; empty where there is none, which is nobody's address. */
export function remoteAddress({ request, server }: Asked): string {
  return server?.requestIP(request)?.address ?? "";
}

function refused(refusal: AccessRefusal | undefined): Response | undefined {
  if (refusal === undefined) return undefined;
  const { status, ...fault } = refusal;
  return Response.json(fault, { status, headers: SECURITY_HEADERS });
}

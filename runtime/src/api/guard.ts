import type { Server } from "bun";
import { RequestFault } from "./faults.ts";

/** Why somebody may not do what was asked. 401: signing in would help; 403 and 415: the request itself is not one of the router's page. */
export interface AccessRefusal {
  status: 401 | 403 | 415;
  error: string;
  hint: string;
}

/** Who may see what devices do, who may change something, and who is the owner. `remoteAddress` is the other end of the connection, as text. */
export interface Guard {
  /** For reading whom devices talk to, what they asked, histories and captures. Undefined: it may. */
  mayWatch(request: Request, remoteAddress: string): AccessRefusal | undefined;
  /** For reading what is the owner's alone, such as the configuration, whoever may see what devices do. Undefined: it may. */
  mayRead(request: Request, remoteAddress: string): AccessRefusal | undefined;
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
  set: { headers: Record<string, string | number | string[] | undefined> };
}

/** The `beforeHandle` of routes for those who may watch, WebSockets too. Browsers keep no copy of the answer. */
export const watching = (guard: Guard) => (asked: Asked) => {
  asked.set.headers["cache-control"] = "no-store";
  admit(guard.mayWatch(asked.request, remoteAddress(asked)));
};

/** The `beforeHandle` of routes that tell what is the owner's alone. Browsers keep no copy of the answer. */
export const owning = (guard: Guard) => (asked: Asked) => {
  asked.set.headers["cache-control"] = "no-store";
  admit(guard.mayRead(asked.request, remoteAddress(asked)));
};

/** The `beforeHandle` of routes that change something. */
export const changing = (guard: Guard) => (asked: Asked) => {
  admit(guard.mayChange(asked.request, remoteAddress(asked)));
};

/** Throws the refusal, if there is one, as the answer. */
export function admit(refusal: AccessRefusal | undefined): void {
  if (refusal === undefined) return;
  const { status, ...fault } = refusal;
  throw new RequestFault(status, fault);
}

/** The other end of the connection; empty where there is none, which is nobody's address. */
export function remoteAddress({ request, server }: Pick<Asked, "request" | "server">): string {
  return server?.requestIP(request)?.address ?? "";
}

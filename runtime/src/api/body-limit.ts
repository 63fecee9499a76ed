import type { Server } from "bun";
import { GREATEST_FILE } from "../service/store/backup.ts";
import { type Guard, remoteAddress } from "./guard.ts";
import { SECURITY_HEADERS } from "./headers.ts";
import type { Fault } from "./model.ts";

/** Bytes of what anybody may send. */
const COMMON = 64 * 1024;
/** Bytes of what the owner may send as a configuration: the file, and what goes with it. */
export const LARGEST_BODY = GREATEST_FILE + COMMON;
const CONFIGURATION = /^\/api\/configuration(\/|$)/;

/** Whether more is sent than this address takes of whoever asks. What does not say how long it is counts as too long. */
export function isTooLong(request: Request, server: Server<unknown> | null, guard: Guard): boolean {
  const isUnsaid = request.headers.has("transfer-encoding");
  const length = isUnsaid ? Number.POSITIVE_INFINITY : Number(request.headers.get("content-length") ?? 0);
  if (length <= COMMON) return false;
  const isConfiguration = CONFIGURATION.test(new URL(request.url).pathname);
  return !isConfiguration || guard.mayChange(request, remoteAddress({ request, server })) !== undefined;
}

export function tooLong(): Response {
  const hint = "Send less. A configuration of up to 1 MB is taken from whoever is signed in as the owner.";
  const headers = { ...SECURITY_HEADERS, connection: "close" };
  return Response.json({ error: "This is more than the router takes", hint } satisfies Fault, {
    status: 413,
    headers,
  });
}

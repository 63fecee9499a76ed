import type { Fault } from "./model.ts";

/** Thrown by a route that cannot answer; becomes the answer. */
export class RequestFault extends Error {
  constructor(
    readonly status: 401 | 403 | 404 | 409 | 415 | 422 | 429 | 503,
    readonly fault: Fault,
  ) {
    super(fault.error);
  }
}

/** A fault as an answer in JSON. */
export function faultResponse(status: number, error: string, hint: string): Response {
  return Response.json({ error, hint } satisfies Fault, { status });
}

export function missing(): Response {
  return faultResponse(
    404,
    "There is nothing at this address",
    "The addresses that exist are listed at /api/docs.",
  );
}

/** What went wrong, by Elysia's code for it, as an answer. */
export function faultOf(code: string | number, error: unknown): Response {
  if (error instanceof RequestFault) return Response.json(error.fault, { status: error.status });
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
}

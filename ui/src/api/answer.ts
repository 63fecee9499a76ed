import type { Fault } from "@gatehouse/runtime/api/model.ts";

/** The router answers within milliseconds, or says after ten seconds that it cannot. */
const PATIENCE_MS = 15_000;

/** An answer that did not come: what happened, and what to do. */
export class NoAnswer extends Error {
  constructor(
    message: string,
    readonly hint: string,
    /** HTTP status; 0 when nothing came at all. */
    readonly status = 0,
    /** Which fields of the request could not be used, and what each takes. */
    readonly fields: NonNullable<Fault["fields"]> = [],
  ) {
    super(message);
  }
}

// Not by the client library, which would turn a device named like a date into a Date.
export async function read<T>(path: string): Promise<T> {
  return (await ask(path, {})).json();
}

/** Tells the router something. */
export function send(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<Response> {
  const content = { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  return ask(path, { method, ...(body !== undefined && content) });
}

async function ask(path: string, request: RequestInit): Promise<Response> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const response = await fetch(path, { ...request, signal }).catch(() => {
    const isQuestion = request.method === undefined;
    throw new NoAnswer(
      "The router did not answer",
      isQuestion ? "This page tries again by itself." : "It is not known whether it was done. Try again.",
    );
  });
  if (response.ok) return response;
  const { error, hint, fields }: Fault = await response.json();
  throw new NoAnswer(error, hint, response.status, fields);
}

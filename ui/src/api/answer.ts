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
    /** Seconds after which trying again makes sense; 0 where the router does not say. */
    readonly retryAfter = 0,
  ) {
    super(message);
  }
}

let refused = () => {};

/** `listener` hears of every answer that only the owner would have got: a session may have ended. */
export function onRefusal(listener: () => void): void {
  refused = listener;
}

// Not by the client library, which would turn a device named like a date into a Date.
export async function read<T>(path: string, cancel?: AbortSignal): Promise<T> {
  return (await ask(path, {}, cancel)).json();
}

/** Tells the router something. */
export function send(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<Response> {
  const content = { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  return ask(path, { method, ...(body !== undefined && content) });
}

async function ask(path: string, request: RequestInit, cancel?: AbortSignal): Promise<Response> {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), PATIENCE_MS);
  cancel?.addEventListener("abort", () => stop.abort());
  const response = await fetch(path, { ...request, signal: stop.signal }).catch(() => {
    const isQuestion = request.method === undefined;
    throw new NoAnswer(
      "The router did not answer",
      isQuestion ? "This page tries again by itself." : "It is not known whether it was done. Try again.",
    );
  });
  if (response.ok) return response;
  if (response.status === 401) refused();
  const { error, hint, fields }: Fault = await response.json();
  throw new NoAnswer(error, hint, response.status, fields, Number(response.headers.get("retry-after")));
}

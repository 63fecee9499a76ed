import type { Fault } from "@gatehouse/runtime/api/model.ts";
import type { NatDevice, NatRows, NatSummary } from "@gatehouse/runtime/api/nat-model.ts";
import type { NatPage } from "@gatehouse/runtime/api/source.ts";

export type {
  NatAssociation,
  NatBinding,
  NatDevice,
  NatSession,
  NatSummary,
} from "@gatehouse/runtime/api/nat-model.ts";

/** The router answers within milliseconds, or says after ten seconds that it cannot. */
const PATIENCE_MS = 15_000;
/** Rows of one answer at most. */
const PAGE = 1000;

/** An answer that did not come: what happened, and what to do. */
export class NoAnswer extends Error {
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

export function readNatSummary(): Promise<NatSummary> {
  return read("/api/nat");
}

export function readNatDevice(mac: string): Promise<NatDevice> {
  return read(`/api/nat/devices/${encodeURIComponent(mac)}`);
}

/** What is open for one device: at most `limit` rows, and whether there are more. */
export async function readOpen<What extends keyof NatRows>(
  what: What,
  mac: string,
  limit: number,
): Promise<{ rows: NatRows[What][]; more: boolean }> {
  const rows: NatRows[What][] = [];
  let next: number | null = 0;
  while (next !== null && rows.length < limit) {
    const query = new URLSearchParams({ device: mac, limit: `${Math.min(PAGE, limit)}`, after: `${next}` });
    const page: NatPage<NatRows[What]> = await read(`/api/nat/${what}?${query}`);
    rows.push(...page.rows);
    next = page.next;
  }
  return { rows, more: next !== null };
}

// Not by the client library, which would turn a device named like a date into a Date.
async function read<T>(path: string): Promise<T> {
  const response = await fetch(path, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => {
    throw new NoAnswer("The router did not answer", "This page tries again by itself.");
  });
  if (response.ok) return response.json();
  const { error, hint }: Fault = await response.json();
  throw new NoAnswer(error, hint);
}

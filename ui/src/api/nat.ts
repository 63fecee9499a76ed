import type { NatDevice, NatRows, NatSummary } from "@gatehouse/runtime/api/nat-model.ts";
import type { NatPage } from "@gatehouse/runtime/api/source.ts";
import { read } from "./answer.ts";

export type {
  NatAssociation,
  NatBinding,
  NatDevice,
  NatSession,
  NatSummary,
} from "@gatehouse/runtime/api/nat-model.ts";

/** Rows of one answer at most. */
const PAGE = 1000;

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

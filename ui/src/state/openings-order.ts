import type { NatBinding } from "../api/nat.ts";
import type { Connection } from "./openings.svelte.ts";

/** The two lists of what is open. */
export const LISTS = ["connections", "doors"] as const;
export type List = (typeof LISTS)[number];

export function listOf(text: string | null): List {
  return LISTS.find((list) => list === text) ?? "connections";
}

/** By what they can be put in order. */
export const OPENING_ORDERS = ["data", "place", "newest", "used"] as const;
export type OpeningOrder = (typeof OPENING_ORDERS)[number];

export function openingOrderOf(text: string | null): OpeningOrder {
  return OPENING_ORDERS.find((order) => order === text) ?? "data";
}

type Opening = NatBinding | Connection;

const collator = new Intl.Collator("en", { numeric: true });

/** What tells one row from all others for as long as it is there. */
export function keyOf(opening: Opening): string {
  if (!("transport" in opening)) return `${opening.protocol} ${opening.remoteAddress}`;
  const remote = "remoteAddress" in opening ? `${opening.remoteAddress}:${opening.remotePort}` : "";
  return `${opening.transport} ${opening.internalPort} ${opening.externalPort} ${remote}`;
}

/** A sorted copy; equals keep their places from one answer to the next. Totals change places rarely, so rows stand still. */
export function orderedOpenings<Row extends Opening>(openings: readonly Row[], order: OpeningOrder): Row[] {
  const keyed = openings.map((row) => ({ row, key: keyOf(row) }));
  const compare: Record<OpeningOrder, (a: Row, b: Row) => number> = {
    data: (a, b) => bytesOf(b) - bytesOf(a),
    place: (a, b) => collator.compare(placeOf(a), placeOf(b)),
    newest: (a, b) => a.ageMs - b.ageMs,
    used: (a, b) => a.idleMs - b.idleMs,
  };
  return keyed
    .sort((a, b) => compare[order](a.row, b.row) || collator.compare(a.key, b.key))
    .map(({ row }) => row);
}

/** Those whose addresses, ports, protocol, state or what they are for contain every word of `filter`. */
export function matchingOpenings<Row extends Opening>(
  openings: readonly Row[],
  filter: string,
  words: (row: Row) => string,
): readonly Row[] {
  const wanted = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return openings;
  return openings.filter((row) => {
    const text = `${keyOf(row)} ${words(row)}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

function bytesOf(opening: Opening): number {
  return "upBytes" in opening ? opening.upBytes + opening.downBytes : 0;
}

function placeOf(opening: Opening): string {
  return "remoteAddress" in opening ? opening.remoteAddress : `${opening.externalPort}`;
}

import type { Grouping } from "@gatehouse/runtime/service/traffic/source.ts";
import { MINUTE, type Range, TICK_MS } from "./range.ts";

export const GROUPINGS = ["device", "domain", "remote", "service"] as const satisfies readonly Grouping[];
export type { Grouping };

/** What every sum shown is limited to; all that are set must hold. */
export interface Filter {
  device?: string;
  remote?: string;
  domain?: string;
  /** IP protocol number and port: "6:443". */
  service?: string;
}
export const FILTERS = ["device", "domain", "remote", "service"] as const satisfies readonly (keyof Filter)[];

/** All of the Traffic page that a link keeps. */
export interface TrafficView {
  /** What is shown; null: the last `span` milliseconds, moving. */
  range: Range | null;
  span: number;
  /** What tables and statistics are of; null: of what is shown. */
  selection: Range | null;
  by: Grouping;
  filter: Filter;
  /** Whether the list of packets is open. */
  packets: boolean;
}

export const USUAL_SPAN = 5 * MINUTE;
const LONGEST_SPAN = 400 * 24 * 60 * MINUTE;

/** The view in a URL's query; what cannot be read is the usual. */
export function viewIn(query: URLSearchParams): TrafficView {
  const by = query.get("by");
  const filter: Filter = {};
  for (const name of FILTERS) {
    const value = query.get(name);
    if (value) filter[name] = name === "device" ? value.toLowerCase() : value;
  }
  return tellable({
    range: rangeOf(query.get("from"), query.get("to")),
    span: spanOf(query.get("span")),
    selection: rangeOf(...((query.get("select") ?? "").split("-") as [string, string?])),
    by: GROUPINGS.find((grouping) => grouping === by) ?? "device",
    filter,
    packets: query.get("packets") !== null,
  });
}

/** Groupings that the filter leaves something to tell apart by. */
export function groupingsFor({ remote, domain, service }: Filter): readonly Grouping[] {
  if (service !== undefined) return ["device", "service"];
  return remote === undefined && domain === undefined
    ? GROUPINGS
    : GROUPINGS.filter((by) => by !== "service");
}

/** The nearest view that can be told: services are not kept by remote. */
export function tellable(view: TrafficView): TrafficView {
  const { service: _, ...others } = view.filter;
  const isPlace = others.remote !== undefined || others.domain !== undefined;
  const filter = isPlace && view.filter.service !== undefined ? others : view.filter;
  const groupings = groupingsFor(filter);
  return { ...view, filter, by: groupings.includes(view.by) ? view.by : groupings[0]! };
}

/** The URL's query of a view, without what is usual. */
export function queryOf({ range, span, selection, by, filter, packets }: TrafficView): string {
  const query = new URLSearchParams();
  if (range !== null) {
    query.set("from", `${Math.floor(range.from)}`);
    query.set("to", `${Math.ceil(range.to)}`);
  } else if (Math.round(span) !== USUAL_SPAN) query.set("span", `${Math.round(span)}`);
  if (selection !== null) query.set("select", `${Math.floor(selection.from)}-${Math.ceil(selection.to)}`);
  if (by !== "device") query.set("by", by);
  for (const name of FILTERS) if (filter[name] !== undefined) query.set(name, filter[name]);
  if (packets) query.set("packets", "");
  // Times and MACs stay readable in a link.
  return query.toString().replaceAll("%3A", ":").replace("packets=", "packets");
}

function rangeOf(from: string | null | undefined, to: string | null | undefined): Range | null {
  const range = { from: Number(from || Number.NaN), to: Number(to || Number.NaN) };
  const sound = range.from >= 0 && range.to - range.from >= TICK_MS && range.to < 8.64e15;
  return sound && range.to - range.from <= LONGEST_SPAN ? range : null;
}

function spanOf(text: string | null): number {
  const span = Number(text);
  return span >= TICK_MS && span <= LONGEST_SPAN ? span : USUAL_SPAN;
}

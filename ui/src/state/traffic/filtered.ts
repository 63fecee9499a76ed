import {
  type Query,
  readStatistics,
  readTotals,
  type TrafficStatistics,
  type TrafficTotal,
} from "../../api/traffic.ts";
import { serviceWord } from "./groups.ts";
import type { Range } from "./range.ts";
import { type Filter, type Grouping, groupingsFor } from "./view.ts";

/** Rows of each table; a home has fewer devices. */
const TOP = 300;

/** What tables and statistics tell, all of one range. */
export interface Told {
  range: Range;
  statistics: TrafficStatistics;
  devices: TrafficTotal[];
  /** None within a service, and no services within a place: these are not kept together. */
  places: TrafficTotal[];
  /** Whether places are registered domains or addresses. */
  placesBy: PlacesBy;
  services: TrafficTotal[];
}
export type PlacesBy = "domain" | "remote";

/** What the router is asked for, so that it answers within the filter. */
export function queryWithin({ service, ...filter }: Filter): Query {
  return { ...filter, service: service && serviceWord(service) };
}

/** Tables and statistics of a range within the filter. */
export async function readTold(
  range: Range,
  filter: Filter,
  placesBy: PlacesBy,
  cancel: AbortSignal,
): Promise<Told> {
  const query: Query = { ...range, ...queryWithin(filter) };
  const kept = groupingsFor(filter);
  const totals = (by: Grouping) =>
    kept.includes(by) ? readTotals(by, { ...query, top: TOP }, cancel) : Promise.resolve([]);
  const [statistics, devices, places, services] = await Promise.all([
    readStatistics(query, cancel),
    totals("device"),
    totals(placesBy),
    totals("service"),
  ]);
  return { range, statistics, devices, places, placesBy, services };
}

import { type Remote, remoteKey } from "./pair-table.ts";
import type { Range, Series } from "./query.ts";
import type { Total } from "./totals.ts";

/** The number of the group that a device and a remote belong to; -1 for none. `remote` is read, not kept. */
export type GroupOf = (device: number, remote: Remote) => number;

/** `device` is absent when grouped by remote, `remote` when grouped by device. */
export interface SeriesGroup {
  device?: number;
  remote?: Remote;
  series: Series;
}

/** The largest groups of a range, most bytes first, and the sums of all others. */
export interface GroupedSeries {
  groups: SeriesGroup[];
  rest: Series;
}

type GroupedRange = Range & { step: number; by: "device" | "remote"; top: number };

/** What can be asked for series: a history or what is stored of it. */
interface Source {
  totals(query: GroupedRange): Total[];
  seriesOf(query: GroupedRange, count: number, groupOf: GroupOf): Series[];
}

/** The series of the largest groups and of the rest, in one pass once their totals are known. */
export function groupedSeries(source: Source, query: GroupedRange): GroupedSeries {
  const largest = source.totals(query);
  const keyOf = (device: number, remote: Remote) => (query.by === "device" ? device : remoteKey(remote));
  const groupByKey = new Map(
    largest.map(({ device, remote }, at) => [device ?? remoteKey(remote!), at] as const),
  );
  const series = source.seriesOf(query, largest.length + 1, (device, remote) => {
    return groupByKey.get(keyOf(device, remote)) ?? largest.length;
  });
  const groups = largest.map(({ device, remote }, at) => ({
    ...(device !== undefined && { device }),
    ...(remote !== undefined && { remote }),
    series: series[at]!,
  }));
  return { groups, rest: series.at(-1)! };
}

import type { Grouping, TrafficSeries, TrafficStatistics, TrafficTotal } from "../../api/traffic.ts";
import { idOf } from "./groups.ts";

type Group = TrafficSeries["groups"][number];
type Directions = Omit<Group, "key">;
const SUMS = ["up", "down", "upPackets", "downPackets"] as const;

/** Several answers to questions of one range and step as one. */
export function mergedSeries(by: Grouping, answers: readonly TrafficSeries[]): TrafficSeries {
  const groups = new Map<string, Group>();
  for (const group of answers.flatMap(({ groups }) => groups)) {
    const known = groups.get(idOf(by, group.key));
    groups.set(
      idOf(by, group.key),
      known === undefined ? group : { key: known.key, ...added([known, group]) },
    );
  }
  return { from: answers[0]?.from ?? 0, step: answers[0]?.step ?? 0, groups: [...groups.values()] };
}

/** The same of totals, most bytes first. */
export function mergedTotals(by: Grouping, answers: readonly (readonly TrafficTotal[])[]): TrafficTotal[] {
  const totals = new Map<string, TrafficTotal>();
  for (const total of answers.flat()) {
    const known = totals.get(idOf(by, total.key)) ?? {
      key: total.key,
      up: 0,
      down: 0,
      upPackets: 0,
      downPackets: 0,
    };
    for (const sum of SUMS) known[sum] += total[sum];
    totals.set(idOf(by, total.key), known);
  }
  return [...totals.values()].sort((a, b) => b.up + b.down - a.up - a.down);
}

/** What a series of a range until `to` says of it, as the router would. */
export function statisticsOf({ from, step, groups }: TrafficSeries, to: number): TrafficStatistics {
  const all = added(groups);
  const of = (values: readonly number[]) => {
    const total = sum(values);
    const peak = Math.max(0, ...values);
    const ascending = values.toSorted((a, b) => a - b);
    return {
      total,
      mean: (total * 1000) / (to - from),
      peak: (peak * 1000) / step,
      peakAt: from + Math.max(0, values.indexOf(peak)) * step,
      percentile95: ((ascending[Math.ceil(0.95 * ascending.length) - 1] ?? 0) * 1000) / step,
    };
  };
  return {
    step,
    recorded: to - from,
    up: of(all.up),
    down: of(all.down),
    upPackets: sum(all.upPackets),
    downPackets: sum(all.downPackets),
  };
}

function added(groups: readonly Directions[]): Directions {
  const all = (name: (typeof SUMS)[number]) => {
    const sums = new Array<number>(groups[0]?.[name].length ?? 0).fill(0);
    for (const group of groups) for (const [i, value] of group[name].entries()) sums[i]! += value;
    return sums;
  };
  return { up: all("up"), down: all("down"), upPackets: all("upPackets"), downPackets: all("downPackets") };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

import type { AlignedData } from "uplot";
import type { TrafficExtent, TrafficSeries } from "../api/traffic.ts";
import { rollingMean, type Value } from "../components/chart/rolling-mean.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Part of time: milliseconds since 1970, the end excluded. */
export interface Range {
  from: number;
  to: number;
}

/** The 24 hours before `now`, from a whole minute on: the one that goes on is the last. */
export function dayBefore(now: number): Range {
  return { from: Math.ceil(now / MINUTE_MS) * MINUTE_MS - DAY_MS, to: now };
}

/** The hour around `moment`, within `day`. */
export function hourAround(moment: number, day: Range): Range {
  const from = Math.max(day.from, Math.min(day.to - HOUR_MS, moment - HOUR_MS / 2));
  return { from, to: from + HOUR_MS };
}

/** A day as uPlot draws it: time, the minutes up and down (below zero) in bit/s, and the means of both. */
export interface DayColumns extends Range {
  data: AlignedData;
  /** Since when it is known. */
  since: number;
  /** Bytes of the whole day. */
  up: number;
  down: number;
}

/** Since when something is known of every minute, at whatever resolution; infinity while nothing is. */
export function knownSince({ oldest100ms, oldestSecond, oldestMinute }: TrafficExtent): number {
  return Math.min(...[oldest100ms, oldestSecond, oldestMinute].filter((oldest) => oldest > 0));
}

/** Columns of a series in one group; what is before `since` is not known, which is not the same as nothing. */
export function dayColumns(series: TrafficSeries, range: Range, since: number): DayColumns {
  const group = series.groups[0] ?? { up: [], down: [] };
  const count = Math.ceil((range.to - range.from) / series.step);
  const time = Array.from({ length: count }, (_, i) => range.from + i * series.step);
  const rates = (volumes: number[], sign: number) =>
    time.map((at, i): Value => {
      if (at + series.step <= since) return null;
      return (sign * 8000 * (volumes[i] ?? 0)) / Math.min(series.step, range.to - at);
    });
  const up = rates(group.up, 1);
  const down = rates(group.down, -1);
  return {
    ...range,
    since: Math.max(range.from, since),
    data: [time, up, down, rollingMean(up), rollingMean(down)],
    up: sum(group.up),
    down: sum(group.down),
  };
}

function sum(volumes: number[]): number {
  return volumes.reduce((total, volume) => total + volume, 0);
}

/** Whole clock hours to write under a day in the zone of whoever looks, `every` hours one. */
export function hourMarks({ from, to }: Range, every: number): number[] {
  const marks: number[] = [];
  const first = new Date(from);
  first.setMinutes(60, 0, 0);
  for (let at = first.getTime(); at < to; at += HOUR_MS)
    if (new Date(at).getHours() % every === 0) marks.push(at);
  return marks;
}

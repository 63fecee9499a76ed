import type { AlignedData } from "uplot";
import { type LastMinute, type Series, WINDOW_MS } from "../../state/last-minute.ts";
import { rollingMean, type Value } from "./rolling-mean.ts";

/** A little more than the window, so that the curve leaves it at its edge and not before. */
const MARGIN_MS = 2_000;

/** uPlot's columns: time, the intervals up and down (below zero), and the means of both. */
export function columns(minute: LastMinute, series: Series): AlignedData {
  const time: number[] = [];
  const above: Value[] = [];
  const below: Value[] = [];
  minute.each(series, minute.newest - WINDOW_MS - MARGIN_MS, (end, length, down, up) => {
    time.push(end - length / 2);
    above.push(Number.isNaN(up) ? null : up);
    below.push(Number.isNaN(down) ? null : -down);
  });
  return [time, above, below, rollingMean(above), rollingMean(below)];
}

/** The greatest rates in these columns, bit/s. */
export function peaks([, above, below]: AlignedData): [down: number, up: number] {
  const greatest = (values: AlignedData[1] | undefined) => {
    let rate = 0;
    for (const value of values ?? []) rate = Math.max(rate, Math.abs(value ?? 0));
    return rate;
  };
  return [greatest(below), greatest(above)];
}

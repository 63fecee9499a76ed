import type { Series } from "./query.ts";
import { SECOND } from "./ticks.ts";

/** Of one of the four sums of a series. */
export interface Statistics {
  total: number;
  /** Per second. */
  mean: number;
  /** The largest step's sum, and the tick at which that step (the first such) begins. */
  peak: number;
  peakTick: number;
  /** The sum that 95 % of the steps, the empty ones too, do not exceed (nearest rank). */
  percentile95: number;
}

/** The statistics of `sums`, which is one of the arrays of `series`. */
export function statisticsOf(series: Series, sums: Float64Array): Statistics {
  let total = 0;
  let peakAt = 0;
  for (let i = 0; i < sums.length; i++) {
    total += sums[i]!;
    if (sums[i]! > sums[peakAt]!) peakAt = i;
  }
  const sorted = sums.slice().sort();
  return {
    total,
    mean: (total * SECOND) / (sums.length * series.step),
    peak: sums[peakAt]!,
    peakTick: series.from + peakAt * series.step,
    percentile95: sorted[Math.ceil(sums.length * 0.95) - 1]!,
  };
}

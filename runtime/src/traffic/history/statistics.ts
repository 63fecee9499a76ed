import type { Series } from "./query.ts";
import { lengthOf, type Stretch } from "./recorded-time.ts";
import { SECOND } from "./ticks.ts";

/** Of one of the four sums of a series. */
export interface Statistics {
  total: number;
  /** Per second of the recorded time. */
  mean: number;
  /** The largest step's sum, and the tick at which that step (the first such) begins. */
  peak: number;
  peakTick: number;
  /** The sum that 95 % of the recorded steps, the empty ones too, do not exceed (nearest rank). */
  percentile95: number;
}

/**
 * The statistics of `sums`, which is one of the arrays of `series`. `recorded` is what of the series' time was recorded, ascending: the rest
 * says nothing of what passed, and is in neither mean nor percentile. A step that was recorded in part is one that was.
 */
export function statisticsOf(series: Series, sums: Float64Array, recorded: readonly Stretch[]): Statistics {
  let total = 0;
  let peakAt = 0;
  for (let i = 0; i < sums.length; i++) {
    total += sums[i]!;
    if (sums[i]! > sums[peakAt]!) peakAt = i;
  }
  const sorted = recordedSteps(series, sums, recorded).sort();
  return {
    total,
    mean: recorded.length === 0 ? 0 : (total * SECOND) / lengthOf(recorded),
    peak: sums[peakAt]!,
    peakTick: series.from + peakAt * series.step,
    percentile95: sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0,
  };
}

function recordedSteps(
  { from, step }: Series,
  sums: Float64Array,
  recorded: readonly Stretch[],
): Float64Array {
  const steps = new Float64Array(sums.length);
  let count = 0;
  let next = 0;
  for (const stretch of recorded) {
    const end = Math.min(sums.length, Math.ceil((stretch.to - from) / step));
    for (next = Math.max(next, Math.floor((stretch.from - from) / step)); next < end; next++)
      steps[count++] = sums[next]!;
  }
  return steps.subarray(0, count);
}

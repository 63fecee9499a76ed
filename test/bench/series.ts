import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** One line of a benchmark's result file. */
export interface Result {
  metric: string;
  /** Median over the rounds. */
  value: number;
  unit: string;
  /** What `ratio` compares with, measured in the same rounds; null for a plain figure. */
  baseline: string | null;
  /** Median over the rounds of this round's value by this round's baseline; null without a baseline. */
  ratio: number | null;
  rounds: number;
  /** Largest less smallest value, by the median; null where one measurement says all. */
  spread: number | null;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The value that the part `share` of all does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1]!;
}

/** Values of one metric and of its baseline, round by round. */
export function summarise(
  metric: string,
  unit: string,
  values: readonly number[],
  baseline: string,
  baselineValues: readonly number[],
): Result {
  const value = median(values);
  return {
    metric,
    value,
    unit,
    baseline,
    ratio: median(values.map((each, round) => each / baselineValues[round]!)),
    rounds: values.length,
    spread: (Math.max(...values) - Math.min(...values)) / value,
  };
}

/** Values of a metric without a baseline, round by round. */
export function plain(metric: string, unit: string, values: readonly number[]): Result {
  const value = median(values);
  const spread =
    value === 0 || values.length === 1 ? null : (Math.max(...values) - Math.min(...values)) / value;
  return { metric, value, unit, baseline: null, ratio: null, rounds: values.length, spread };
}

/** Prints the results as a table and writes them to build/bench/<name>.json. */
export function publish(name: string, results: readonly Result[]): void {
  print(results);
  write(name, results);
}

function print(results: readonly Result[]): void {
  console.table(
    results.map(({ metric, value, unit, baseline, ratio, rounds, spread }) => ({
      metric,
      value: `${value.toFixed(2)} ${unit}`,
      ratio: ratio === null ? "" : `${ratio.toFixed(2)} of ${baseline}`,
      rounds,
      spread: spread === null ? "" : `${Math.round(spread * 100)} %`,
    })),
  );
}

/** Writes the results to build/bench/<name>.json. */
export function write(name: string, results: readonly Result[]): void {
  const folder = join(import.meta.dir, "../../build/bench");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(results, undefined, 2)}\n`);
}

import { CARRIERS, type Carrier } from "./carriers.ts";
import { aligned, circumstances, digits } from "./readme.ts";
import type { Result } from "./series.ts";

/** One line of the table: a metric of the carriers that have it. */
export interface Row {
  name: string;
  unit: string;
  /** The results differ in the baseline only: masquerade first, then plain forwarding. */
  cells: { carrier: Carrier; results: Result[] }[];
}

const HEADINGS: Record<Carrier, string> = {
  plain: "plain forwarding",
  masquerade: "masquerade",
  offload: "offload",
  untapped: "offload without tap",
  inline: "inline",
};

/** Markdown that also reads well as text. */
export function table(rows: readonly Row[], rounds: number, seconds: number): string {
  const headings = ["", ...CARRIERS.map((carrier) => HEADINGS[carrier])];
  return [
    `${circumstances()}, ${rounds} rounds of ${seconds} s.`,
    "Each cell: median (spread) · of masquerade · of plain forwarding; for memory · of that with 1 binding.",
    "",
    aligned([headings, ...rows.map(cellsOf)]),
  ].join("\n");
}

function cellsOf({ name, unit, cells }: Row): string[] {
  const words = CARRIERS.map((carrier) => {
    const results = cells.find((cell) => cell.carrier === carrier)?.results;
    return results === undefined ? "" : cellOf(results);
  });
  return [unit === "" ? name : `${name}, ${unit}`, ...words];
}

function cellOf(results: readonly Result[]): string {
  const { value, spread, metric } = results[0]!;
  // A baseline says nothing about itself.
  const ratios = results
    .filter(({ baseline, ratio }) => Number.isFinite(ratio) && !metric.endsWith(`, ${baseline}`))
    .map(({ ratio }) => ` · ${ratio!.toFixed(2)}`);
  const noise = Number.isFinite(spread) ? ` (${Math.round((spread ?? 0) * 100)} %)` : "";
  return `${digits(value)}${noise}${ratios.join("")}`;
}

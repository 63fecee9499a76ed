import { readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { CARRIERS, type Carrier } from "./carriers.ts";
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

const README = join(import.meta.dir, "README.md");
/** What lies between is written by `writeReadme`. */
const BEGIN = "<!-- written by make bench-nat WRITE=1 -->\n";
const END = "<!-- end -->\n";

/** Markdown that also reads well as text. */
export function table(rows: readonly Row[], rounds: number, seconds: number): string {
  const [{ model } = { model: "unknown" }, ...others] = cpus();
  const machine = `${others.length + 1} cores of ${model}, Linux ${release()}, Bun ${Bun.version}`;
  const lines = [
    ["", ...CARRIERS.map((carrier) => HEADINGS[carrier])],
    ["---", ...CARRIERS.map(() => "---")],
    ...rows.map(cellsOf),
  ];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const aligned = lines.map((line) => `| ${line.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`);
  return [
    `${machine}; ${new Date().toISOString().slice(0, 10)}, ${rounds} rounds of ${seconds} s.`,
    "Each cell: median (spread) · of masquerade · of plain forwarding; for memory · of that with 1 binding.",
    "",
    ...aligned,
    "",
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

/** Three digits that matter. */
function digits(value: number): string {
  return value.toFixed(value === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

/** Puts the table in place of the one before. */
export function writeReadme(text: string): void {
  const before = readFileSync(README, "utf8");
  const [head = "", rest = ""] = before.split(BEGIN);
  const tail = rest.slice(rest.indexOf(END));
  writeFileSync(README, `${head}${BEGIN}\n${text}\n${tail}`);
}

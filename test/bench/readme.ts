import { readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";

const README = join(import.meta.dir, "README.md");
const END = "<!-- end -->\n";

/** What figures were measured on and when: "2 cores of …, Linux …, Bun …; 2026-01-31". */
export function circumstances(): string {
  const [{ model } = { model: "unknown" }, ...others] = cpus();
  const machine = `${others.length + 1} cores of ${model}, Linux ${release()}, Bun ${Bun.version}`;
  return `${machine}; ${new Date().toISOString().slice(0, 10)}`;
}

/** Rows of as many cells each, the headings first, as Markdown that also reads well as text. */
export function aligned([headings = [], ...rows]: readonly string[][]): string {
  const lines = [headings, headings.map(() => "---"), ...rows];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines.map((line) => `| ${line.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |\n`).join("");
}

/** Three digits that matter. */
export function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** Puts `text` in place of what `make <verb> WRITE=1` wrote before. Throws where README.md has no place for it. */
export function writeReadme(verb: string, text: string): void {
  const begin = `<!-- written by make ${verb} WRITE=1 -->\n`;
  const before = readFileSync(README, "utf8");
  const start = before.indexOf(begin) + begin.length;
  const end = before.indexOf(END, start);
  if (start < begin.length || end < 0) throw new Error(`${README} has no place for ${verb}`);
  writeFileSync(README, `${before.slice(0, start)}\n${text}\n${before.slice(end)}`);
}

import { aligned, circumstances, digits } from "./readme.ts";
import type { Result } from "./series.ts";
import { TAP_MODES, type TapMode } from "./tap-course.ts";
import type { Forwarding, ForwardingRow } from "./tap-forwarding.ts";

/** What was measured of the tap. */
export interface TapFigures {
  rounds: number;
  /** How many threads of others wanted to run before. */
  load: number;
  /** What stands by itself. */
  figures: readonly Result[];
  forwarding: readonly ForwardingRow[];
  /** Nanoseconds by part for frames of each length. */
  parts: readonly { length: number; parts: readonly [part: string, ns: number][] }[];
}

/** Markdown that also reads well as text. */
export function tapText({ rounds, load, figures, forwarding, parts }: TapFigures): string {
  return [
    `${circumstances()}, ${rounds} round${rounds === 1 ? "" : "s"}, the machine's load before ${load.toFixed(1)}.`,
    "",
    aligned([["", "median (spread)"], ...figures.map((result) => [result.metric, figureOf(result)])]),
    "Forwarding, per second of processor time · of that without a tap:",
    "",
    aligned([["", ...TAP_MODES], ...forwarding.flatMap(rowsOf)]),
    "Nanoseconds for each frame, by part, in one process, the least of thirty rounds:",
    "",
    aligned([
      ["bytes", ...parts[0]!.parts.map(([part]) => part)],
      ...parts.map(({ length, parts }) => [`${length}`, ...parts.map(([, ns]) => ns.toFixed(0))]),
    ]),
  ].join("\n");
}

function figureOf({ value, unit, spread, rounds }: Result): string {
  const size = Number.isInteger(value) ? `${value}` : digits(value);
  const noise = spread === null || rounds === 1 ? "" : ` (${Math.round(spread * 100)} %)`;
  return `${size} ${unit}${noise}`;
}

function rowsOf({ name, unit, forwardings }: ForwardingRow): string[][] {
  const row = (heading: string, cell: (forwarding: Forwarding) => string | undefined) => {
    const of = (mode: TapMode) => forwardings.find((each) => each.mode === mode);
    return [heading, ...TAP_MODES.map((mode) => of(mode)).map((each) => (each && cell(each)) ?? "")];
  };
  return [
    row(`${name}, ${unit}`, ({ mode, speed: { value, ratio } }) =>
      mode === "off" ? digits(value) : `${digits(value)} · ${ratio!.toFixed(2)}`,
    ),
    row("the tap, µs/frame", ({ tap }) => tap && digits(tap.cpu.value)),
    row("frames lost", ({ tap }) => tap && (tap.lost.value === 0 ? "0" : `${tap.lost.value.toFixed(1)} %`)),
  ];
}

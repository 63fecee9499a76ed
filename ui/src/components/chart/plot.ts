import type uPlot from "uplot";
import { type Colour, drawLabels, drawLines } from "./levels.ts";
import type { Span } from "./span.ts";

/** What lies under the pointer, bit/s. */
export interface Reading {
  secondsAgo: number;
  down: number;
  up: number;
}

/** uPlot's options for the mirrored chart: intervals as areas, their means as lines over them, levels as labels. */
export function plotOptions(
  place: HTMLElement,
  span: () => Span,
  read: (at: Reading | null) => void,
): uPlot.Options {
  const colour = colourOf(place);
  return {
    width: place.clientWidth,
    height: place.clientHeight,
    padding: [4, 0, 4, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: { x: { time: false, auto: false }, y: { auto: false } },
    axes: [{ show: false }, { show: false }],
    series: mirrored(colour),
    hooks: {
      drawClear: [(chart) => drawLines(chart, span(), colour)],
      draw: [(chart) => drawLabels(chart, span(), colour)],
      setCursor: [(chart) => read(readingAt(chart))],
    },
  };
}

/** The properties of the stylesheet as they are at `place`. */
export function colourOf(place: HTMLElement): Colour {
  return (name) => getComputedStyle(place).getPropertyValue(name).trim();
}

/** Series for columns of time, up and down, and the means of both: areas, and lines over them. */
export function mirrored(colour: Colour): uPlot.Series[] {
  const area = (name: string): uPlot.Series => ({
    fill: () => `color-mix(in oklch, ${colour(name)} 24%, transparent)`,
    points: { show: false },
  });
  const line = (name: string): uPlot.Series => ({
    stroke: () => colour(name),
    width: 1.75,
    points: { show: false },
  });
  return [{}, area("--up"), area("--down"), line("--up"), line("--down")];
}

function readingAt(chart: uPlot): Reading | null {
  const i = chart.cursor.idx;
  const edge = chart.scales.x?.max;
  if (i === null || i === undefined || edge === undefined || (chart.cursor.left ?? -1) < 0) return null;
  const [time, above, below] = chart.data.map((column) => column?.[i]);
  if (typeof time !== "number" || typeof above !== "number" || typeof below !== "number") return null;
  return { secondsAgo: Math.max(0, Math.round((edge - time) / 1000)), down: -below, up: above };
}

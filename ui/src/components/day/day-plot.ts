import type uPlot from "uplot";
import { drawLabels, drawLines } from "../chart/levels.ts";
import { colourOf, mirrored } from "../chart/plot.ts";
import type { Span } from "../chart/span.ts";

/** What lies under the pointer: the minute's beginning, and its mean rates, bit/s, as far as they are known. */
export interface DayReading {
  at: number;
  rates: { down: number; up: number } | null;
}

export interface DayListener {
  read(at: DayReading | null): void;
  /** A range was dragged, or a moment clicked, when both are the same. */
  choose(from: number, to: number): void;
}

/** uPlot's options for a day by minutes: as the live chart, standing still, and a range can be dragged. */
export function dayOptions(place: HTMLElement, span: () => Span, listener: DayListener): uPlot.Options {
  const colour = colourOf(place);
  return {
    width: place.clientWidth,
    height: place.clientHeight,
    padding: [4, 0, 4, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { show: false } },
    scales: { x: { time: false, auto: false }, y: { auto: false } },
    axes: [{ show: false }, { show: false }],
    series: mirrored(colour),
    hooks: {
      drawClear: [(chart) => drawLines(chart, span(), colour)],
      draw: [(chart) => drawLabels(chart, span(), colour)],
      setCursor: [(chart) => listener.read(readingAt(chart))],
      setSelect: [(chart) => dragged(chart, listener)],
    },
  };
}

function readingAt(chart: uPlot): DayReading | null {
  const i = chart.cursor.idx;
  if (i === null || i === undefined || (chart.cursor.left ?? -1) < 0) return null;
  const [at, up, down] = chart.data.map((column) => column?.[i]);
  if (typeof at !== "number") return null;
  return { at, rates: typeof up === "number" && typeof down === "number" ? { up, down: -down } : null };
}

function dragged(chart: uPlot, listener: DayListener): void {
  const { left, width } = chart.select;
  if (width === 0) return;
  listener.choose(chart.posToVal(left, "x"), chart.posToVal(left + width, "x"));
}

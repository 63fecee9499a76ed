import uPlot from "uplot";
import { type LastMinute, type Series, WINDOW_MS } from "../../state/last-minute.ts";
import { type Colour, drawLabels, drawLines } from "./levels.ts";
import { rollingMean, type Value } from "./rolling-mean.ts";
import { ease, fitting, type Span } from "./span.ts";

/** The chart runs this far behind the newest interval, so that it slides evenly although messages come in steps. */
const BEHIND_MS = 250;
/** Without news the chart slides on for this long and then waits. */
const PATIENCE_MS = 2_000;

/** What lies under the pointer, bit/s. */
export interface Reading {
  secondsAgo: number;
  down: number;
  up: number;
}

/** Where the chart's data and its clock come from. */
export interface Feed {
  readonly minute: LastMinute;
  /** When the newest interval arrived, by performance.now(). */
  readonly arrived: number;
}

/** A Svelte attachment: the last minute of a series, up above and down below, sliding at the display's rate. */
export function liveChart(feed: Feed, series: () => Series | undefined, read: (at: Reading | null) => void) {
  return (place: HTMLElement): (() => void) => {
    const stillness = matchMedia("(prefers-reduced-motion: reduce)");
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    let span: Span = fitting(0, 0);
    const chart = new uPlot(
      options(place, () => span, read),
      [[], [], [], [], []],
      place,
    );
    let frame = 0;
    let newest = -1;
    let edge = 0;

    const draw = () => {
      frame = requestAnimationFrame(draw);
      const silence = Math.min(performance.now() - feed.arrived, PATIENCE_MS);
      const now = feed.minute.newest + silence - BEHIND_MS;
      const elapsed = now - edge;
      // Less than a pixel, or with reduced motion less than a second, is not worth a frame.
      const least = stillness.matches ? 1_000 : WINDOW_MS / (chart.width * devicePixelRatio);
      if (feed.minute.newest === 0 || Math.abs(elapsed) < least) return;
      edge = now;
      const shown = series();
      if (feed.minute.newest !== newest && shown !== undefined) {
        newest = feed.minute.newest;
        chart.setData(columns(feed.minute, shown), false);
      }
      const target = fitting(peak(chart.data[2]), peak(chart.data[1]));
      span = stillness.matches ? target : ease(span, target, Math.max(elapsed, 0));
      chart.batch(() => {
        chart.setScale("x", { min: now - WINDOW_MS, max: now });
        chart.setScale("y", { min: -span.down, max: span.up });
      });
    };
    const resize = new ResizeObserver(() => {
      chart.setSize({ width: place.clientWidth, height: place.clientHeight });
    });
    const repaint = () => chart.redraw(false);
    resize.observe(place);
    scheme.addEventListener("change", repaint);
    draw();
    return () => {
      cancelAnimationFrame(frame);
      resize.disconnect();
      scheme.removeEventListener("change", repaint);
      chart.destroy();
    };
  };
}

/** uPlot's columns: time, the intervals up and down (below zero), and the means of both. */
function columns(minute: LastMinute, series: Series): uPlot.AlignedData {
  const time: number[] = [];
  const above: Value[] = [];
  const below: Value[] = [];
  minute.each(series, minute.newest - WINDOW_MS - 2_000, (end, length, down, up) => {
    time.push(end - length / 2);
    above.push(Number.isNaN(up) ? null : up);
    below.push(Number.isNaN(down) ? null : -down);
  });
  return [time, above, below, rollingMean(above), rollingMean(below)];
}

/** The greatest distance from zero. */
function peak(values: uPlot.AlignedData[1] | undefined): number {
  let highest = 0;
  for (const value of values ?? []) highest = Math.max(highest, Math.abs(value ?? 0));
  return highest;
}

function options(place: HTMLElement, span: () => Span, read: (at: Reading | null) => void): uPlot.Options {
  const colour: Colour = (name) => getComputedStyle(place).getPropertyValue(name).trim();
  const area = (name: string): uPlot.Series => ({
    fill: () => `color-mix(in oklch, ${colour(name)} 24%, transparent)`,
    points: { show: false },
  });
  const line = (name: string): uPlot.Series => ({
    stroke: () => colour(name),
    width: 1.75,
    points: { show: false },
  });
  return {
    width: place.clientWidth,
    height: place.clientHeight,
    padding: [4, 0, 4, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: { x: { time: false, auto: false }, y: { auto: false } },
    axes: [{ show: false }, { show: false }],
    series: [{}, area("--up"), area("--down"), line("--up"), line("--down")],
    hooks: {
      drawClear: [(chart) => drawLines(chart, span(), colour)],
      draw: [(chart) => drawLabels(chart, span(), colour)],
      setCursor: [(chart) => read(readingAt(chart))],
    },
  };
}

function readingAt(chart: uPlot): Reading | null {
  const i = chart.cursor.idx;
  const edge = chart.scales.x?.max;
  if (i === null || i === undefined || edge === undefined || (chart.cursor.left ?? -1) < 0) return null;
  const [time, above, below] = chart.data.map((column) => column?.[i]);
  if (typeof time !== "number" || typeof above !== "number" || typeof below !== "number") return null;
  return { secondsAgo: Math.max(0, Math.round((edge - time) / 1000)), down: -below, up: above };
}

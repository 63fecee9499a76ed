import type uPlot from "uplot";
import { rate } from "../../format/rate.ts";
import { type Span, step } from "./span.ts";

/** Space a label takes over its line, pixels. */
const LABEL_HEIGHT = 24;

/** The present value of a custom property of the stylesheet. */
export type Colour = (name: string) => string;

/** The zero line, and above and below it one round level. */
export function drawLines(chart: uPlot, span: Span, colour: Colour): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.lineWidth = 1;
  for (const value of [0, ...levels(chart, span)]) {
    const y = Math.round(chart.valToPos(value, "y", true)) + 0.5;
    ctx.strokeStyle = colour(value === 0 ? "--line-strong" : "--line");
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

/** The rate of each level, over its line. */
export function drawLabels(chart: uPlot, span: Span, colour: Colour): void {
  const { ctx, bbox } = chart;
  const x = bbox.left + 20 * devicePixelRatio;
  ctx.save();
  ctx.font = `${12 * devicePixelRatio}px ${colour("--font")}`;
  for (const value of levels(chart, span)) {
    const { value: figure, unit } = rate(Math.abs(value));
    const label = `${Number(figure)} ${unit}`;
    const baseline = chart.valToPos(value, "y", true) - 6 * devicePixelRatio;
    // The ground shines through a little, and the label stays readable over a curve.
    ctx.fillStyle = `color-mix(in oklch, ${colour("--raised")} 85%, transparent)`;
    ctx.beginPath();
    ctx.roundRect(
      x - 4 * devicePixelRatio,
      baseline - 13 * devicePixelRatio,
      ctx.measureText(label).width + 8 * devicePixelRatio,
      17 * devicePixelRatio,
      5 * devicePixelRatio,
    );
    ctx.fill();
    ctx.fillStyle = colour("--muted");
    ctx.fillText(label, x, baseline);
  }
  ctx.restore();
}

function levels(chart: uPlot, span: Span): number[] {
  const perPixel = (span.up + span.down) / chart.height;
  return [step(span.up - LABEL_HEIGHT * perPixel), -step(span.down)];
}

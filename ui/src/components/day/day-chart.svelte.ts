import uPlot from "uplot";
import type { DayColumns } from "../../state/day.ts";
import { peaks } from "../chart/columns.ts";
import { fitting } from "../chart/span.ts";
import { type DayListener, dayOptions } from "./day-plot.ts";

/**
 * A Svelte attachment: a day by minutes, up above and down below. Its arrow keys read it, a quarter of an hour a step, and
 * Enter chooses the moment that is read.
 */
export function dayChart(day: () => DayColumns | null, listener: DayListener) {
  return (place: HTMLElement): (() => void) => {
    let span = fitting(0, 0);
    const chart = new uPlot(
      dayOptions(place, () => span, listener),
      [[], [], [], [], []],
      place,
    );
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const resize = new ResizeObserver(() =>
      chart.setSize({ width: place.clientWidth, height: place.clientHeight }),
    );
    const repaint = () => chart.redraw(false);
    const choose = ({ offsetX }: MouseEvent) => {
      const moment = chart.posToVal(offsetX, "x");
      if (chart.select.width === 0) listener.choose(moment, moment);
    };
    const step = (event: KeyboardEvent) => stepOn(chart, event, listener);

    $effect(() => {
      const columns = day();
      if (columns === null) return;
      span = fitting(...peaks(columns.data));
      chart.batch(() => {
        chart.setData(columns.data, false);
        chart.setScale("x", { min: columns.from, max: columns.to });
        chart.setScale("y", { min: -span.down, max: span.up });
      });
    });
    resize.observe(place);
    scheme.addEventListener("change", repaint);
    chart.over.addEventListener("click", choose);
    place.addEventListener("keydown", step);
    return () => {
      resize.disconnect();
      scheme.removeEventListener("change", repaint);
      place.removeEventListener("keydown", step);
      chart.destroy();
    };
  };
}

/** Minutes that an arrow key passes over. */
const STEP = 15;

function stepOn(chart: uPlot, event: KeyboardEvent, listener: DayListener): void {
  const last = chart.data[0].length - 1;
  const at = chart.cursor.idx ?? last;
  const next = { ArrowLeft: at - STEP, ArrowRight: at + STEP, Home: 0, End: last }[event.key];
  const moment = chart.data[0][at];
  if (event.key === "Enter" && moment !== undefined) listener.choose(moment, moment);
  if (next === undefined || last < 0) return;
  event.preventDefault();
  const i = Math.min(last, Math.max(0, next));
  chart.setCursor({ left: chart.valToPos(chart.data[0][i]!, "x"), top: 0 });
}

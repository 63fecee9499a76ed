import uPlot from "uplot";
import { type LastMinute, type Series, WINDOW_MS } from "../../state/last-minute.ts";
import { columns, peaks } from "./columns.ts";
import { plotOptions, type Reading } from "./plot.ts";
import { ease, fitting, type Span } from "./span.ts";

/** The chart runs this far behind the newest interval, so that it slides evenly although messages come in steps. */
const BEHIND_MS = 250;
/** Without news the chart slides on for this long and then waits. */
const PATIENCE_MS = 2_000;
/** With reduced motion the chart steps instead of sliding. */
const STEP_MS = 1_000;

/** Where the chart's data and its clock come from. */
export interface Feed {
  readonly minute: LastMinute;
  /** When the newest interval arrived, by performance.now(). */
  readonly arrived: number;
}

/** A Svelte attachment: the last minute of a series, up above and down below, sliding at the display's rate. */
export function liveChart(feed: Feed, series: () => Series | undefined, read: (at: Reading | null) => void) {
  return (place: HTMLElement): (() => void) => {
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const sliding = new SlidingChart(place, feed, series, read);
    const resize = new ResizeObserver(() => sliding.fit());
    const repaint = () => sliding.repaint();
    resize.observe(place);
    scheme.addEventListener("change", repaint);
    sliding.run();
    return () => {
      resize.disconnect();
      scheme.removeEventListener("change", repaint);
      sliding.end();
    };
  };
}

class SlidingChart {
  private readonly stillness = matchMedia("(prefers-reduced-motion: reduce)");
  private readonly chart: uPlot;
  private span: Span = fitting(0, 0);
  private frame = 0;
  /** End of the newest interval drawn, and the time at the chart's right edge. */
  private drawn = -1;
  private edge = 0;

  constructor(
    private readonly place: HTMLElement,
    private readonly feed: Feed,
    private readonly series: () => Series | undefined,
    read: (at: Reading | null) => void,
  ) {
    const options = plotOptions(place, () => this.span, read);
    this.chart = new uPlot(options, [[], [], [], [], []], place);
  }

  run(): void {
    this.frame = requestAnimationFrame(() => this.run());
    const { newest } = this.feed.minute;
    const now = newest + Math.min(performance.now() - this.feed.arrived, PATIENCE_MS) - BEHIND_MS;
    const elapsed = now - this.edge;
    // A frame that would move the curve by less than a pixel is not worth its power.
    const least = this.stillness.matches ? STEP_MS : WINDOW_MS / (this.chart.width * devicePixelRatio);
    if (newest === 0 || Math.abs(elapsed) < least) return;
    this.edge = now;
    this.takeData();
    this.slide(now, Math.max(elapsed, 0));
  }

  fit(): void {
    this.chart.setSize({ width: this.place.clientWidth, height: this.place.clientHeight });
  }

  repaint(): void {
    this.chart.redraw(false);
  }

  end(): void {
    cancelAnimationFrame(this.frame);
    this.chart.destroy();
  }

  private takeData(): void {
    const { minute } = this.feed;
    const shown = this.series();
    if (shown === undefined || minute.newest === this.drawn) return;
    this.drawn = minute.newest;
    this.chart.setData(columns(minute, shown), false);
  }

  private slide(now: number, elapsed: number): void {
    const target = fitting(...peaks(this.chart.data));
    this.span = this.stillness.matches ? target : ease(this.span, target, elapsed);
    this.chart.batch(() => {
      this.chart.setScale("x", { min: now - WINDOW_MS, max: now });
      this.chart.setScale("y", { min: -this.span.down, max: this.span.up });
    });
  }
}

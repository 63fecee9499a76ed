import uPlot from "uplot";
import type { Layer, Picture } from "../../state/traffic/picture.ts";
import { lengthOf, type Range } from "../../state/traffic/range.ts";
import { ease, fitting, type Span } from "../chart/span.ts";
import { Areas } from "./areas.ts";
import { Glide } from "./motion.ts";
import { Painter } from "./painter.ts";

/** With reduced motion the chart steps instead of sliding. */
const STEP_MS = 1_000;
/** What comes live is drawn at least so often, even where it moves nothing by a pixel. */
const FRESH_MS = 250;
/** A tab that was in the background goes on as if it had been away this long. */
const LONGEST_FRAME_MS = 250;
/** Heights this near to where they go are there: a part of the span. */
const SETTLED = 0.002;

/** What the chart asks of the page in every frame. */
export interface TimelineSource {
  /** What to show now; moves by itself while live. */
  aim(): Range;
  /** What there is to draw. */
  picture(): Picture | null;
  /** From the zero line outwards. */
  order(): readonly Layer[];
  /** Since when anything is known. */
  oldest(): number;
  hue(layer: Layer): number | null;
  /** The chart shows another range now. */
  moved(shown: Range): void;
  /** CSS pixels. */
  sized(width: number): void;
}

/** A Svelte attachment: the timeline in an element. `made` gets the chart while there is one. */
export function timeline(source: TimelineSource, made: (chart: TimelineChart | undefined) => void) {
  return (place: HTMLElement): (() => void) => {
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const stillness = matchMedia("(prefers-reduced-motion: reduce)");
    const chart = new TimelineChart(place, source);
    const resize = new ResizeObserver(() => chart.fit());
    const repaint = () => chart.repaint(stillness.matches);
    resize.observe(place);
    scheme.addEventListener("change", repaint);
    stillness.addEventListener("change", repaint);
    repaint();
    made(chart);
    chart.redraw();
    chart.run();
    return () => {
      made(undefined);
      resize.disconnect();
      scheme.removeEventListener("change", repaint);
      stillness.removeEventListener("change", repaint);
      chart.end();
    };
  };
}

/** The timeline on its canvas. It draws when something has changed and rests otherwise. */
export class TimelineChart {
  private readonly glide = new Glide();
  private readonly plot: uPlot;
  private readonly painter: Painter;
  private areas: Areas | undefined;
  private next: Areas | undefined;
  private span: Span = fitting(0, 0);
  private shown: Range;
  private drawnVersion = -1;
  private drawnAt = 0;
  private lastFrame = 0;
  private frame = 0;
  private isStale = true;
  /** Motion is unwanted. */
  private isStill = false;

  constructor(
    private readonly place: HTMLElement,
    private readonly source: TimelineSource,
  ) {
    this.shown = source.aim();
    this.painter = new Painter(place);
    const paint = (plot: uPlot) => this.painter.paint(plot, this.shown, this.span, this.areas, source);
    const options: uPlot.Options = {
      width: place.clientWidth,
      height: place.clientHeight,
      padding: [4, 0, 30, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false, auto: false }, y: { auto: false } },
      axes: [{ show: false }, { show: false }],
      series: [{}, { paths: () => null, points: { show: false } }],
      hooks: { drawClear: [paint] },
    };
    // The areas are the painter's; the plot keeps canvas and scales.
    this.plot = new uPlot(
      options,
      [
        [0, 1],
        [0, 0],
      ],
      place,
    );
  }

  /** Draws whenever something is to be drawn, until `end`. */
  run(): void {
    this.frame = requestAnimationFrame((now) => {
      this.turn(now);
      this.run();
    });
  }

  /** The range aimed at has been changed by hand: the chart glides there. */
  aimed(before: Range): void {
    this.isStale = true;
    if (this.isStill) return;
    this.glide.begin(this.glide.isOver ? before : this.shown, this.source.aim());
  }

  /** Layers or their order have changed. */
  redraw(): void {
    this.isStale = true;
    const picture = this.source.picture();
    if (picture !== null) this.next = new Areas(picture, this.source.order());
  }

  fit(): void {
    this.plot.setSize({ width: this.place.clientWidth, height: this.place.clientHeight });
    this.source.sized(this.place.clientWidth);
    this.isStale = true;
  }

  /** Colours or the wish for motion may have changed; they are looked up once and not in every frame. */
  repaint(isStill: boolean): void {
    this.isStill = isStill;
    this.painter.refresh();
    this.isStale = true;
  }

  end(): void {
    cancelAnimationFrame(this.frame);
    this.plot.destroy();
  }

  private turn(now: number): void {
    const elapsed = Math.min(now - this.lastFrame, LONGEST_FRAME_MS);
    this.lastFrame = now;
    const shown = this.glide.towards(this.source.aim(), elapsed);
    if (this.next?.prepare(shown)) {
      this.areas = this.next;
      this.next = undefined;
      this.isStale = true;
    }
    if (!this.isWorthAFrame(shown, now)) return;
    this.drawnAt = now;
    this.drawnVersion = this.areas?.picture.version ?? -1;
    this.shown = shown;
    this.scale(elapsed);
    this.plot.batch(() => {
      this.plot.setScale("x", { min: shown.from, max: shown.to });
      this.plot.setScale("y", { min: -this.span.down, max: this.span.up });
    });
    this.source.moved(shown);
  }

  private isWorthAFrame(shown: Range, now: number): boolean {
    if (this.isStale || !this.glide.isOver) return true;
    const since = now - this.drawnAt;
    const moved = Math.max(Math.abs(shown.to - this.shown.to), Math.abs(shown.from - this.shown.from));
    const isFresh = this.areas !== undefined && this.areas.picture.version !== this.drawnVersion;
    if (this.isStill) return since >= STEP_MS && (isFresh || moved > 0);
    // A frame that would move the areas by less than a pixel is not worth its power.
    const pixel = lengthOf(shown) / (this.plot.width * devicePixelRatio);
    return moved >= pixel || (isFresh && since >= FRESH_MS);
  }

  /** Heights follow the peaks of what is shown. */
  private scale(elapsed: number): void {
    const target = fitting(...this.peaks(this.shown));
    this.span = this.isStill ? target : ease(this.span, target, elapsed);
    const rest = Math.abs(this.span.down - target.down) + Math.abs(this.span.up - target.up);
    this.isStale = rest > SETTLED * (target.down + target.up);
  }

  /** The greatest rates of what is shown, bit/s. */
  private peaks(range: Range): [down: number, up: number] {
    const picture = this.areas?.picture;
    let [down, up] = [0, 0];
    if (picture === undefined) return [down, up];
    const [first, end] = picture.stepsIn(range);
    for (let i = first; i < end; i++) {
      down = Math.max(down, picture.perSecond(picture.total.down[i]!, i));
      up = Math.max(up, picture.perSecond(picture.total.up[i]!, i));
    }
    return [down, up];
  }
}

import type uPlot from "uplot";
import type { Layer } from "../../state/traffic/picture.ts";
import { lengthOf, type Range } from "../../state/traffic/range.ts";
import { type Colour, drawLabels, drawLines } from "../chart/levels.ts";
import type { Span } from "../chart/span.ts";
import type { Areas, Projection } from "./areas.ts";
import { distanceFor, offsetAt, tickLabel, ticksIn } from "./time-axis.ts";

/** Distance of the lines that mark what was not recorded, CSS pixels. */
const HATCH = 8;
/** From the areas' lower edge to the times' baseline, CSS pixels. */
const AXIS = 20;

interface Label {
  text: string;
  /** From its middle to its edge and a little more, pixels of the canvas. */
  reach: number;
}

export interface Painted {
  oldest(): number;
  hue(layer: Layer): number | null;
}

/** Draws all of the timeline that is not a part of the page. Colours are looked up once and not in every frame. */
export class Painter {
  private readonly colours = new Map<string, string>();
  private readonly labels = new Map<number, Label>();
  private labelled = 0;
  private hatch: CanvasPattern | null = null;

  constructor(private readonly place: HTMLElement) {}

  /** The theme or the display has changed. */
  refresh(): void {
    this.colours.clear();
    this.labels.clear();
    this.hatch = null;
  }

  paint(plot: uPlot, shown: Range, span: Span, areas: Areas | undefined, source: Painted): void {
    const { ctx, bbox } = plot;
    ctx.save();
    this.drawTimes(plot, shown);
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    drawLines(plot, span, this.colour);
    areas?.draw(ctx, shown, projectionOf(plot, shown), (layer) => this.area(source.hue(layer)));
    this.drawUnrecorded(plot, shown, source.oldest());
    this.drawZero(plot);
    drawLabels(plot, span, this.colour);
    ctx.restore();
  }

  private readonly colour: Colour = (name) => {
    const known = this.colours.get(name);
    if (known !== undefined) return known;
    const value = getComputedStyle(this.place).getPropertyValue(name).trim();
    this.colours.set(name, value);
    return value;
  };

  private area(hue: number | null): string {
    return hue === null ? this.colour("--area-rest") : `oklch(${this.colour("--hue-area")} ${hue})`;
  }

  private drawZero({ ctx, bbox, valToPos }: uPlot): void {
    const y = Math.round(valToPos(0, "y", true));
    ctx.fillStyle = this.colour("--line-strong");
    ctx.fillRect(bbox.left, y, bbox.width, Math.max(1, Math.floor(devicePixelRatio)));
  }

  private drawTimes({ ctx, bbox }: uPlot, shown: Range): void {
    const distance = distanceFor(lengthOf(shown), bbox.width / devicePixelRatio);
    const offset = offsetAt(shown.to);
    const baseline = bbox.top + bbox.height + AXIS * devicePixelRatio;
    ctx.font = `${12 * devicePixelRatio}px ${this.colour("--font")}`;
    ctx.textAlign = "center";
    for (const time of ticksIn(shown, distance, offset)) {
      const x = Math.round(bbox.left + ((time - shown.from) / lengthOf(shown)) * bbox.width);
      ctx.fillStyle = this.colour("--line");
      ctx.fillRect(x, bbox.top, devicePixelRatio, bbox.height + 6 * devicePixelRatio);
      const { text, reach } = this.label(ctx, time, distance, offset);
      if (x - reach < bbox.left || x + reach > bbox.left + bbox.width) continue;
      ctx.fillStyle = this.colour("--muted");
      ctx.fillText(text, x, baseline);
    }
    ctx.textAlign = "start";
  }

  /** Labels are kept from frame to frame. */
  private label(ctx: CanvasRenderingContext2D, time: number, distance: number, offset: number): Label {
    if (distance !== this.labelled || this.labels.size > 100) this.labels.clear();
    this.labelled = distance;
    const known = this.labels.get(time);
    if (known !== undefined) return known;
    const text = tickLabel(time, distance, offset);
    const label = { text, reach: ctx.measureText(text).width / 2 + 4 * devicePixelRatio };
    this.labels.set(time, label);
    return label;
  }

  private drawUnrecorded({ ctx, bbox }: uPlot, shown: Range, oldest: number): void {
    if (oldest <= shown.from) return;
    const part = Math.min(1, (oldest - shown.from) / lengthOf(shown));
    this.hatch ??= hatched(ctx, this.colour("--line-strong"));
    ctx.fillStyle = this.hatch ?? this.colour("--line");
    ctx.globalAlpha = 0.5;
    ctx.fillRect(bbox.left, bbox.top, bbox.width * part, bbox.height);
    ctx.globalAlpha = 1;
    const text = "Not recorded";
    const room = ctx.measureText(text).width + 24 * devicePixelRatio;
    if (bbox.width * part < room) return;
    const [x, y] = [bbox.left + (bbox.width * part) / 2, bbox.top + 26 * devicePixelRatio];
    ctx.fillStyle = this.colour("--raised");
    ctx.fillRect(x - room / 2, y - 17 * devicePixelRatio, room, 25 * devicePixelRatio);
    ctx.fillStyle = this.colour("--muted");
    ctx.textAlign = "center";
    ctx.fillText(text, x, y);
    ctx.textAlign = "start";
  }
}

function projectionOf(plot: uPlot, shown: Range): Projection {
  const { bbox } = plot;
  const zero = plot.valToPos(0, "y", true);
  return {
    from: shown.from,
    left: bbox.left,
    perMs: bbox.width / lengthOf(shown),
    zero,
    // A long reach down keeps the precision of the canvas' numbers.
    perBit: (plot.valToPos(-1e6, "y", true) - zero) / 1e6,
  };
}

function hatched(ctx: CanvasRenderingContext2D, colour: string): CanvasPattern | null {
  const size = Math.round(HATCH * devicePixelRatio);
  const tile = new OffscreenCanvas(size, size);
  const pen = tile.getContext("2d");
  if (pen === null) return null;
  pen.strokeStyle = colour;
  pen.lineWidth = devicePixelRatio;
  // The diagonal, and those of the neighbours, whose ends reach into this tile.
  for (const shift of [-size, 0, size]) {
    pen.beginPath();
    pen.moveTo(shift - 1, size + 1);
    pen.lineTo(shift + size + 1, -1);
    pen.stroke();
  }
  return ctx.createPattern(tile, "repeat");
}

import type { Layer, Picture } from "../../state/traffic/picture.ts";
import type { Range } from "../../state/traffic/range.ts";

/** Steps whose areas are one path: few enough that the newest ones are cheaply built anew, ten times a second. */
const CHUNK = 128;

/** How times and rates become pixels of the canvas. */
export interface Projection {
  /** Where `from` and rate zero are, and pixels per millisecond and per bit/s. */
  from: number;
  left: number;
  perMs: number;
  zero: number;
  perBit: number;
}

interface Chunk {
  /** The picture's end and version when this was built. */
  end: number;
  version: number;
  /** By layer; undefined where a layer has nothing. x in steps from the chunk's first, y in bit/s, up below zero as on a canvas. */
  paths: (Path2D | undefined)[];
}

/**
 * A picture as areas, up above and down below the zero line, each layer on those before it. They are built once, in pieces, in units of
 * their own; each frame only places them, so that sliding costs next to nothing.
 */
export class Areas {
  private readonly chunks = new Map<number, Chunk>();
  /** When the first chunk begins; the picture's `from` moves on from there. */
  private readonly origin: number;
  private readonly above = new Float64Array(CHUNK + 1);
  private readonly below = new Float64Array(CHUNK + 1);

  /** @param order from the zero line outwards */
  constructor(
    readonly picture: Picture,
    private readonly order: readonly Layer[],
  ) {
    this.origin = picture.from;
  }

  /** Builds one more piece of what `range` shows; true: all of it is there. */
  prepare(range: Range): boolean {
    for (const number of this.chunksIn(range)) {
      if (this.chunks.has(number)) continue;
      this.chunk(number);
      return false;
    }
    return true;
  }

  draw(
    ctx: CanvasRenderingContext2D,
    range: Range,
    at: Projection,
    colourOf: (layer: Layer) => string,
  ): void {
    const numbers = this.chunksIn(range);
    this.forget(numbers[0] ?? 0);
    const pieces = numbers.map((number) => this.chunk(number));
    const { step } = this.picture;
    // What lies outside is drawn first, so that no ground shines through where areas meet.
    for (let i = this.order.length - 1; i >= 0; i--) {
      ctx.fillStyle = colourOf(this.order[i]!);
      for (const [k, { paths }] of pieces.entries()) {
        const path = paths[i];
        if (path === undefined) continue;
        const x = at.left + (this.origin + numbers[k]! * CHUNK * step - at.from) * at.perMs;
        ctx.setTransform(step * at.perMs, 0, 0, at.perBit, x, at.zero);
        ctx.fill(path);
      }
    }
    ctx.resetTransform();
  }

  private chunksIn(range: Range): number[] {
    const [first, end] = this.picture.stepsIn(range);
    const from = Math.floor((first + this.gone) / CHUNK);
    const count = first < end ? Math.floor((end - 1 + this.gone) / CHUNK) - from + 1 : 0;
    return Array.from({ length: count }, (_, i) => from + i);
  }

  /** Steps that have left the picture since. */
  private get gone(): number {
    return Math.round((this.picture.from - this.origin) / this.picture.step);
  }

  private chunk(number: number): Chunk {
    const { version, end, step } = this.picture;
    const known = this.chunks.get(number);
    if (known !== undefined) {
      // With the first step of the next one, which it overlaps so that no seam is seen.
      const complete = this.origin + ((number + 1) * CHUNK + 1) * step;
      if (known.end >= complete || known.version === version) return known;
    }
    const chunk = { version, end, paths: this.build(number * CHUNK - this.gone) };
    this.chunks.set(number, chunk);
    return chunk;
  }

  /** The paths of the steps from `first` on, which may have left in part. */
  private build(first: number): Chunk["paths"] {
    const { picture, above, below } = this;
    const begin = Math.max(0, first);
    const end = Math.min(picture.steps, first + CHUNK + 1);
    const edge = Math.min(end - first, (picture.end - picture.from) / picture.step - first);
    above.fill(0);
    below.fill(0);
    return this.order.map((layer) => {
      let sum = 0;
      for (let i = begin; i < end; i++) {
        sum += layer.up[i]! + layer.down[i]!;
        above[i - first]! -= picture.perSecond(layer.up[i]!, i);
        below[i - first]! += picture.perSecond(layer.down[i]!, i);
      }
      if (sum === 0) return undefined;
      const path = new Path2D();
      outline(path, above, begin - first, end - first, edge);
      outline(path, below, begin - first, end - first, edge);
      return path;
    });
  }

  private forget(before: number): void {
    for (const number of this.chunks.keys()) if (number < before - 1) this.chunks.delete(number);
  }
}

/** A skyline from `first` to before `end` over the zero line; the last step reaches to `edge`. */
function outline(path: Path2D, heights: Float64Array, first: number, end: number, edge: number): void {
  path.moveTo(first, 0);
  let height = 0;
  for (let i = first; i < end; i++) {
    if (heights[i] === height) continue;
    path.lineTo(i, height);
    height = heights[i]!;
    path.lineTo(i, height);
  }
  path.lineTo(edge, height);
  path.lineTo(edge, 0);
  path.closePath();
}

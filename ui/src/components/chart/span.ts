/** How far a mirrored chart reaches below and above its zero line, bit/s, both positive. */
export interface Span {
  down: number;
  up: number;
}

/** A quiet home is not magnified until its noise looks like traffic. */
const LEAST = 50_000;
/** Neither half gets less of the height than this part of the other. */
const LEAST_PART = 0.3;
const HEADROOM = 1.12;
/** Time in which most of the way to a larger span is gone, and to a smaller one: nothing is cut off for long. */
const GROW_MS = 90;
const SHRINK_MS = 900;

/** The span for these peaks: one scale for both halves, so that equal rates have equal heights. */
export function fitting(down: number, up: number): Span {
  const reach = Math.max(down, up, LEAST) * HEADROOM;
  return {
    down: Math.max(down * HEADROOM, reach * LEAST_PART),
    up: Math.max(up * HEADROOM, reach * LEAST_PART),
  };
}

/** The span `elapsedMs` later on the way from `from` to `target`. */
export function ease(from: Span, target: Span, elapsedMs: number): Span {
  const step = (start: number, end: number) =>
    end + (start - end) * Math.exp(-elapsedMs / (end > start ? GROW_MS : SHRINK_MS));
  return { down: step(from.down, target.down), up: step(from.up, target.up) };
}

/** The largest of 1, 2 or 5 times a power of ten within `extent`. */
export function step(extent: number): number {
  const room = extent * 0.95;
  const power = 10 ** Math.floor(Math.log10(room));
  return power * (room >= 5 * power ? 5 : room >= 2 * power ? 2 : 1);
}

/** From when to when, milliseconds since 1970; `to` is excluded. */
export interface Range {
  from: number;
  to: number;
}

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** One tick of what the router counts: nothing finer is known. */
export const TICK_MS = 100;
/** At most this close to the pointer's end of the chart, zooming stays with what happens now. */
const LIVE_EDGE = 0.04;
/** The least width of a step on the screen, pixels: narrower ones could not be told apart. */
const STEP_PIXELS = 1.5;

/**
 * Lengths of steps. From a minute on they are whole minutes, of which the router answers at once; odd ones would make it read every
 * tick of a day.
 */
const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 150, 300].map((ticks) => ticks * TICK_MS),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 4, 6, 12, 24, 48].map((hours) => hours * HOUR),
];

export function lengthOf({ from, to }: Range): number {
  return to - from;
}

/** `range` with its length multiplied by `factor` while the time `at` stays where it is, within `bounds`. */
export function zoomed(range: Range, factor: number, at: number, bounds: Range): Range {
  const length = Math.min(Math.max(lengthOf(range) * factor, TICK_MS), lengthOf(bounds));
  const part = (at - range.from) / lengthOf(range);
  const from = at - part * length;
  return within({ from, to: from + length }, bounds);
}

/** Where to zoom for a pointer at this part of the width: near the right edge of what happens now, that edge is meant. */
export function anchorOf(range: Range, part: number, isLive: boolean): number {
  return isLive && part > 1 - LIVE_EDGE ? range.to : range.from + part * lengthOf(range);
}

/** `range` moved by a part of its own length, within `bounds`. */
export function panned(range: Range, parts: number, bounds: Range): Range {
  const by = parts * lengthOf(range);
  return within({ from: range.from + by, to: range.to + by }, bounds);
}

/** A range of `length` around the middle of `range`, within `bounds`. */
export function resized(range: Range, length: number, bounds: Range): Range {
  const middle = (range.from + range.to) / 2;
  return within({ from: middle - length / 2, to: middle + length / 2 }, bounds);
}

/** `range` moved, and if need be cut, so that it lies in `bounds`. */
export function within(range: Range, bounds: Range): Range {
  if (lengthOf(range) >= lengthOf(bounds)) return bounds;
  const by = Math.max(bounds.from - range.from, 0) + Math.min(bounds.to - range.to, 0);
  return by === 0 ? range : { from: range.from + by, to: range.to + by };
}

/** The range in whole ticks that holds `range`. */
export function inTicks({ from, to }: Range): Range {
  const start = Math.floor(from / TICK_MS) * TICK_MS;
  return { from: start, to: Math.max(start + TICK_MS, Math.ceil(to / TICK_MS) * TICK_MS) };
}

/** How long the steps of a chart are that shows `length` on `pixels`, none finer than what is known. Milliseconds. */
export function stepFor(length: number, pixels: number, finest = TICK_MS): number {
  const least = Math.max(finest, (length * STEP_PIXELS) / Math.max(pixels, 1));
  return STEPS.find((step) => step >= least) ?? STEPS.at(-1)!;
}

/** What to ask for so that a chart of `range` can be moved by half its length at once: whole steps, within `bounds`. */
export function windowFor(range: Range, step: number, bounds: Range): Range {
  const spare = lengthOf(range) / 2;
  // A link may lead to before the bounds.
  const from = Math.max(range.from - spare, Math.min(range.from, bounds.from));
  return {
    from: Math.floor(from / step) * step,
    to: Math.min(Math.ceil((range.to + spare) / step) * step, inTicks(bounds).to),
  };
}

/** How fine things are known at `from`, given since when each resolution is complete (0: not at all). */
export function finestAt(
  from: number,
  known: { oldest100ms: number; oldestSecond: number; oldestMinute: number },
): number {
  const { oldest100ms, oldestSecond, oldestMinute } = known;
  // Before everything there is nothing either way: what is known first spoils no detail.
  const first = Math.min(...[oldest100ms, oldestSecond, oldestMinute].filter((since) => since > 0));
  const isKnown = (since: number) => since > 0 && since <= Math.max(from, first);
  if (isKnown(oldest100ms)) return TICK_MS;
  if (isKnown(oldestSecond)) return SECOND;
  return oldestMinute > 0 ? MINUTE : TICK_MS;
}

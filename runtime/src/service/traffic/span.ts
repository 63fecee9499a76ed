import { MAX_BINS } from "../../traffic/history/query.ts";
import { MINUTE, SECOND } from "../../traffic/history/ticks.ts";

/** Milliseconds of a tick. */
export const TICK = 100;
const HOUR = 60 * MINUTE;
/** Ticks: a longer range is answered in whole minutes, as reading each bin of 24 busy hours takes most of a second. */
const LONG = 2 * HOUR;

/** A range in ticks, `to` excluded, and its steps, which begin at `from`. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/**
 * The span of a range in milliseconds. Long ones begin and end at whole minutes and have steps of such. Throws RangeError naming the
 * field.
 */
export function spanOf(range: { from: number; to: number; step: number }): Span {
  if (!(Number.isFinite(range.from) && range.from >= 0))
    throw new RangeError("from: not a time; give milliseconds since 1970");
  if (!(Number.isFinite(range.to) && range.to > range.from))
    throw new RangeError("to: not after from; give a later time");
  if (!(range.step >= TICK && range.step % TICK === 0))
    throw new RangeError(`step: not a multiple of ${TICK} ms; give 100, 1000 or 60000, for example`);
  const [from, to, step] = [Math.floor(range.from / TICK), Math.ceil(range.to / TICK), range.step / TICK];
  const span = to - from > LONG ? wholeMinutes(from, to, step) : { from, to, step };
  const steps = Math.ceil((span.to - span.from) / span.step);
  if (steps > MAX_BINS) throw new RangeError(`step: ${steps} of them; ask for ${MAX_BINS} at most`);
  return span;
}

function wholeMinutes(from: number, to: number, step: number): Span {
  return {
    from: Math.floor(from / MINUTE) * MINUTE,
    to: Math.ceil(to / MINUTE) * MINUTE,
    step: Math.ceil(step / MINUTE) * MINUTE,
  };
}

/** Milliseconds of the finest step in which a range that begins at `from` can be told; `oldest` are ms, 0 where there is nothing. */
export function finestStep(
  { from, to }: { from: number; to: number },
  oldest: { tick: number; second: number },
): number {
  const reaches = (since: number) => since > 0 && since <= from;
  if ((to - from) / TICK > LONG) return MINUTE * TICK;
  if (reaches(oldest.tick)) return TICK;
  return reaches(oldest.second) ? SECOND * TICK : MINUTE * TICK;
}

/** The second a tick is in, by its first tick. */
export function secondOf(tick: number): number {
  return tick - (tick % SECOND);
}

/** Whether all bins that lie within minutes lie within steps, too. */
export function isInMinutes({ from, to, step }: Span): boolean {
  return [from, to, step].every((ticks) => ticks % MINUTE === 0);
}

import { MAX_BINS } from "../../traffic/history/query.ts";
import { MINUTE, SECOND, TEN_SECONDS } from "../../traffic/history/ticks.ts";

/** Milliseconds of a tick. */
export const TICK = 100;
const HOUR = 60 * MINUTE;
/**
 * Ticks: a longer range is answered in coarse steps, as reading each bin of 24 busy hours takes most of a second. Memory has sums of ten
 * seconds ready, the disk of minutes.
 */
const LONG = 2 * HOUR;

/** A range in ticks, `to` excluded, and its steps, which begin at `from`. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/**
 * The span of a range in milliseconds. A long one begins and ends at whole minutes and has steps of such; of ten seconds, where all of it is
 * since tick `remembered`. Throws RangeError naming the field.
 */
export function spanOf(range: { from: number; to: number; step: number }, remembered: number): Span {
  if (!(Number.isFinite(range.from) && range.from >= 0))
    throw new RangeError("from: not a time; give milliseconds since 1970");
  if (!(Number.isFinite(range.to) && range.to > range.from))
    throw new RangeError("to: not after from; give a later time");
  if (!(range.step >= TICK && range.step % TICK === 0))
    throw new RangeError(`step: not a multiple of ${TICK} ms; give 100, 1000 or 60000, for example`);
  const [from, to, step] = [Math.floor(range.from / TICK), Math.ceil(range.to / TICK), range.step / TICK];
  const coarse = remembered > 0 && remembered <= from ? TEN_SECONDS : MINUTE;
  const span = to - from > LONG ? inWhole(coarse, from, to, step) : { from, to, step };
  const steps = Math.ceil((span.to - span.from) / span.step);
  if (steps > MAX_BINS) throw new RangeError(`step: ${steps} of them; ask for ${MAX_BINS} at most`);
  return span;
}

function inWhole(ticks: number, from: number, to: number, step: number): Span {
  return {
    from: Math.floor(from / ticks) * ticks,
    to: Math.ceil(to / ticks) * ticks,
    step: Math.ceil(step / ticks) * ticks,
  };
}

/** Milliseconds of the finest step in which a range can be told; `oldest` are ticks since when all is known in 100 ms, and in seconds. */
export function finestStep(
  { from, to }: { from: number; to: number },
  oldest: { tick: number; second: number },
): number {
  if ((to - from) / TICK > LONG) return TEN_SECONDS * TICK;
  if (oldest.tick <= from / TICK) return TICK;
  return oldest.second <= from / TICK ? SECOND * TICK : MINUTE * TICK;
}

/** The second a tick is in, by its first tick. */
export function secondOf(tick: number): number {
  return tick - (tick % SECOND);
}

/** Whether all that lies within bins of so many ticks lies within steps, too. */
export function isInWhole(bin: number, { from, to, step }: Span): boolean {
  return [from, to, step].every((ticks) => ticks % bin === 0);
}

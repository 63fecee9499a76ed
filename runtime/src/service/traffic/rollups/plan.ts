import { GATHERED, HOURS, type Level, MINUTES, SECONDS } from "./levels.ts";

/** The cells of a level that begin at a tick from `from` on and before `to`. */
export interface Stretch {
  level: Level;
  from: number;
  to: number;
}

/** The first tick of a level; Infinity when it has nothing. */
export type SinceOf = (level: Level) => number;

/**
 * What to read for a range so that each of its steps is right: the coarsest cells that lie within a step, finer ones at the range's ends; and
 * coarser ones where the finer are no longer there. `step` is Infinity where the whole range is one.
 */
export function stretchesOf(from: number, to: number, step: number, since: SinceOf): Stretch[] {
  return stretchesAt(GATHERED.length - 1, from, to, step, since);
}

function stretchesAt(at: number, from: number, to: number, step: number, since: SinceOf): Stretch[] {
  if (from >= to) return [];
  const level = GATHERED[at]!;
  if (level === SECONDS) return finest(from, to, since);
  const isWithinStep =
    step === Number.POSITIVE_INFINITY || (step % level.step === 0 && from % level.step === 0);
  const first = roundUp(Math.max(from, since(level)), level.step);
  const last = to - (to % level.step);
  if (!isWithinStep || first >= last) return stretchesAt(at - 1, from, to, step, since);
  return [
    ...stretchesAt(at - 1, from, first, step, since),
    { level, from: first, to: last },
    ...stretchesAt(at - 1, last, to, step, since),
  ];
}

/** Seconds as far as they reach back, then minutes, then hours. */
function finest(from: number, to: number, since: SinceOf): Stretch[] {
  const stretches: Stretch[] = [];
  let end = to;
  for (const level of [SECONDS, MINUTES, HOURS]) {
    const start = Math.max(from, Math.min(end, since(level)));
    if (start < end) stretches.unshift({ level, from: start, to: end });
    end = Math.min(end, start);
  }
  return stretches;
}

function roundUp(tick: number, unit: number): number {
  return Math.ceil(tick / unit) * unit;
}

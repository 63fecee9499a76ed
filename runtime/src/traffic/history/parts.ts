import { LEVEL_TICKS, MINUTE_LEVEL, SECOND_LEVEL, TENS_LEVEL } from "./ticks.ts";

/** The bins of some levels that begin at a recorded tick from `from` on and before `to`. */
export interface Part {
  levels: readonly number[];
  from: number;
  to: number;
}

/** A stretch of recorded ticks, where the first step of the series begins, and how long each is; Infinity when all are one. */
export interface Steps {
  start: number;
  end: number;
  origin: number;
  step: number;
}

const DETAIL = [0, SECOND_LEVEL];

/**
 * What to read so that each step has its sums: the coarsest bins that lie within steps, finer ones at the ends; and where the finer were given
 * up, coarser ones, which count where they begin. `since` says from which tick on a level is there.
 */
export function partsOf(steps: Steps, since: (level: number) => number): Part[] {
  return partsAt(MINUTE_LEVEL, steps.start, steps.end, steps, since);
}

function partsAt(
  level: number,
  from: number,
  to: number,
  steps: Steps,
  since: (level: number) => number,
): Part[] {
  if (from >= to) return [];
  if (level < TENS_LEVEL) return finestOf(from, to, since);
  const unit = LEVEL_TICKS[level]!;
  const isWithinStep = !Number.isFinite(steps.step) || (steps.step % unit === 0 && steps.origin % unit === 0);
  const first = Math.ceil(Math.max(from, since(level)) / unit) * unit;
  const last = to - (to % unit);
  if (!isWithinStep || first >= last) return partsAt(level - 1, from, to, steps, since);
  return [
    ...partsAt(level - 1, from, first, steps, since),
    { levels: [level], from: first, to: last },
    ...partsAt(level - 1, last, to, steps, since),
  ];
}

function finestOf(from: number, to: number, since: (level: number) => number): Part[] {
  const detail = Math.max(from, Math.min(to, since(SECOND_LEVEL)));
  const tens = Math.max(from, Math.min(detail, since(TENS_LEVEL)));
  const parts = [
    { levels: [MINUTE_LEVEL], from, to: tens },
    { levels: [TENS_LEVEL], from: tens, to: detail },
    { levels: DETAIL, from: detail, to },
  ];
  return parts.filter((part) => part.from < part.to);
}

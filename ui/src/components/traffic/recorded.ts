import { duration } from "../../format/time.ts";

/** What a live range lacks: its last moment is on its way. Milliseconds, and a part of the range. */
const UNDER_WAY_MS = 2_000;
const UNDER_WAY_PART = 1 / 100;

/** Why statistics say less than they seem to; undefined when all of the range was recorded. Milliseconds. */
export function recordedText(range: { from: number; to: number }, recorded: number): string | undefined {
  const length = range.to - range.from;
  if (length - recorded <= Math.max(UNDER_WAY_MS, length * UNDER_WAY_PART)) return undefined;
  if (recorded === 0)
    return "Nothing of this time was recorded: the router was not running, or it was deleted.";
  return `Only ${duration(recorded)} of this time were recorded, and mean and percentile are of these. The router sees nothing while it is off.`;
}

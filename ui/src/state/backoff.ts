const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/**
 * How long to wait before try number `attempt` (from 0): doubling, at most 15 s, and by chance up to a half less, so
 * that all the home's screens do not knock at once after a restart. `random` is in [0,1).
 */
export function backoff(attempt: number, random: () => number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt) * (1 - random() / 2);
}

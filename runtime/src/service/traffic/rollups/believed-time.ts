import { HOUR } from "../../../traffic/history/ticks.ts";
import type { RollupFile } from "./rollup-file.ts";

/** The document with the tick that was believed last, and how often a later one was said since. */
const TIME = "time";
const DAY = 24 * HOUR;
/** So many times, every five minutes in a day, a time far ahead is said before it is believed. */
export const SAID_BEFORE_BELIEVED = 288;

/**
 * The tick to tell old from new by. What is too old is gone for good, so a clock that was set far ahead by mistake must not decide that:
 * until it has stayed there for a day of running, the time before counts. A time that goes back is believed at once, as it ends less.
 */
export function believedTime(file: RollupFile, now: number): number {
  const [before = now, said = 0] = file.kept(TIME)?.split(" ").map(Number) ?? [];
  const isDoubtful = now > before + DAY && said < SAID_BEFORE_BELIEVED;
  const believed = isDoubtful ? before : now;
  file.keep(TIME, `${believed} ${isDoubtful ? said + 1 : 0}`);
  return believed;
}

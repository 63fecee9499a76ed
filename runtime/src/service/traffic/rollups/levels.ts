import { HOUR, MINUTE, SECOND } from "../../../traffic/history/ticks.ts";

const DAY = 24 * HOUR;

/**
 * A table of sheets: ticks of a cell and of the period that a sheet covers. A cell's tick is its first, a multiple of its length.
 * Sums over all remotes stand beside a sheet where they take little of its size and ranges are long.
 */
export interface Level {
  table: "fresh" | "seconds" | "minutes" | "hours";
  step: number;
  period: number;
  hasSums: boolean;
}

/** What was appended and not yet gathered into the levels below: it is in none of them. */
export const FRESH: Level = { table: "fresh", step: SECOND, period: MINUTE, hasSums: false };
export const SECONDS: Level = { table: "seconds", step: SECOND, period: HOUR, hasSums: false };
export const MINUTES: Level = { table: "minutes", step: MINUTE, period: HOUR, hasSums: true };
export const HOURS: Level = { table: "hours", step: HOUR, period: DAY, hasSums: true };

/** Each has all that was gathered, as far as it reaches back; finest first. */
export const GATHERED = [SECONDS, MINUTES, HOURS] as const;

/** Numbers of devices are below this. */
const DEVICES = 2 ** 24;
/** No tick is past this: the year 2405. */
export const END_OF_TIME = 2 ** 37;

/** The row of a sheet: its period, then its device. Both come from it again, and rows of one period lie together. Below 2^53. */
export function keyOf(level: Level, tick: number, id: number): number {
  return Math.floor(tick / level.period) * DEVICES + id;
}

export function tickOf(level: Level, key: number): number {
  return Math.floor(key / DEVICES) * level.period;
}

export function idOf(key: number): number {
  return key % DEVICES;
}

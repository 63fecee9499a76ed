import { statfsSync } from "node:fs";
import { HOUR } from "../../../traffic/history/ticks.ts";
import { END_OF_TIME, FRESH, HOURS, keyOf, type Level, MINUTES, SECONDS, tickOf } from "./levels.ts";
import type { RollupFile } from "./rollup-file.ts";

/** Days that each resolution is kept, 0 for not at all, and bytes the files may take at most; without those, a share of the partition. */
export interface RollupLimits {
  keepSecondsDays: number;
  keepMinutesDays: number;
  maxBytes?: number;
}

const DAY = 24 * HOUR;
/** Of what is free on the partition, with what the files take already. */
const SHARE_OF_PARTITION = 1 / 3;
/** Of the file's pages that may wait for their next use; more are given back. */
const SHARE_OF_FREE_PAGES = 1 / 4;
/** Below so many it is not worth moving others. */
const FEW_PAGES = 256;

/** Keeps the file within its days and bytes. */
export class Retention {
  readonly #file: RollupFile;

  constructor(file: RollupFile) {
    this.#file = file;
  }

  /** Ends what is older than the limits: whole periods. Belongs in a transaction. Returns the tick before which nothing is left. */
  expire(now: number, { keepSecondsDays, keepMinutesDays }: RollupLimits): number {
    const [seconds, minutes] = [oldestOf(now, keepSecondsDays), oldestOf(now, keepMinutesDays)];
    const oldest = Math.min(seconds, minutes);
    this.#removeBefore(SECONDS, seconds);
    this.#removeBefore(MINUTES, minutes);
    this.#removeBefore(HOURS, minutes);
    this.#removeBefore(FRESH, oldest);
    return oldest;
  }

  /** Ends the oldest detail while the file is too large: seconds first. Belongs in a transaction. */
  fit(limits: RollupLimits): void {
    const most = this.#most(limits) / this.#file.pragma("page_size");
    while (this.#pagesInUse() > most) {
      if (!this.#removeOldest(SECONDS) && !this.#removeOldest(MINUTES, HOURS)) return;
    }
  }

  /** Gives pages back that the file needs no more. Belongs in no transaction. */
  shrink(limits: RollupLimits): void {
    const pages = this.#file.pragma("page_count");
    const free = this.#file.pragma("freelist_count");
    const isTooLarge = pages * this.#file.pragma("page_size") > this.#most(limits);
    if (free > FEW_PAGES && (isTooLarge || free > pages * SHARE_OF_FREE_PAGES)) this.#file.shrink();
  }

  #most({ maxBytes }: RollupLimits): number {
    if (maxBytes !== undefined) return maxBytes;
    const { bavail, bsize } = statfsSync(this.#file.folder);
    return (bavail * bsize + this.#file.bytes) * SHARE_OF_PARTITION;
  }

  #pagesInUse(): number {
    return this.#file.pragma("page_count") - this.#file.pragma("freelist_count");
  }

  #removeBefore(level: Level, tick: number): void {
    this.#file.tables[level.table].removeBetween.run(0, keyOf(level, tick, 0));
  }

  /** Ends the oldest period of a level, and what `also` has no more than that; false when the level is empty. */
  #removeOldest(level: Level, also?: Level): boolean {
    const { first } = this.#file.tables[level.table].ends.get() ?? { first: null };
    if (first === null) return false;
    const end = tickOf(level, first) + level.period;
    this.#removeBefore(level, end);
    if (also !== undefined) this.#removeBefore(also, end);
    return true;
  }
}

/** The tick before which nothing is kept. */
function oldestOf(now: number, days: number): number {
  return days === 0 ? END_OF_TIME : Math.max(0, now - days * DAY);
}

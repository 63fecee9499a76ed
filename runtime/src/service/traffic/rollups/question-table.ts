import { TICK_MS } from "../../../traffic/history/ticks.ts";
import type { RollupFile } from "./rollup-file.ts";

/** Of a device, a MAC address as a number, the question it asked at `at`, ms since the Unix epoch; `text` is the caller's. */
export interface StoredQuestion {
  readonly device: number;
  readonly at: number;
  readonly text: string;
}

/** Rows of each device that stay. */
const LATEST = 500;

/** What devices asked the name server for, in the order in which it was kept: appends go to the last page. */
export class QuestionTable {
  readonly #file: RollupFile;

  constructor(file: RollupFile) {
    this.#file = file;
    // Files of before there were questions have no such table.
    file.database.run(
      "CREATE TABLE IF NOT EXISTS questions (key INTEGER PRIMARY KEY, device INTEGER NOT NULL, at INTEGER NOT NULL, text TEXT NOT NULL)",
    );
  }

  /** The oldest first. */
  all(): StoredQuestion[] {
    return this.#file.database
      .query<StoredQuestion, []>("SELECT device, at, text FROM questions ORDER BY key")
      .all();
  }

  append(questions: Iterable<StoredQuestion>): void {
    const insert = this.#file.database.query("INSERT INTO questions (device, at, text) VALUES (?, ?, ?)");
    for (const { device, at, text } of questions) insert.run(device, at, text);
  }

  /** Ends those from before a tick, and all but the latest of each device. */
  expire(oldest: number): void {
    this.#file.database.query("DELETE FROM questions WHERE at < ?").run(oldest * TICK_MS);
    this.#file.database
      .query(
        `DELETE FROM questions WHERE key IN (SELECT key FROM
          (SELECT key, row_number() OVER (PARTITION BY device ORDER BY key DESC) AS place FROM questions)
          WHERE place > ?)`,
      )
      .run(LATEST);
  }

  /** Ends those of a device, or all. */
  forget(device?: number): void {
    if (device === undefined) this.#file.database.run("DELETE FROM questions");
    else this.#file.database.query("DELETE FROM questions WHERE device = ?").run(device);
  }
}

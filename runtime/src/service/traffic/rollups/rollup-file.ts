import { Database, SQLiteError, type Statement } from "bun:sqlite";
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { FRESH, GATHERED, HOURS, type Level, MINUTES, SECONDS } from "./levels.ts";

/** "GHru": says that the file is ours (SQLite's application_id). */
const APPLICATION = 0x47487275;
const VERSION = 1;
/** Pages of the log before they are brought home, and what it may keep of its length afterwards. */
const LOG_PAGES = 512;
const PAGE_BYTES = 4096;

const NAME = "rollups.sqlite";
/** What is to take the file's place. */
const NEXT = "rollups-next.sqlite";

export interface SheetRow {
  key: number;
  sheet: Uint8Array;
}

/** A file that is none of ours to go on with; the message completes "The stored traffic history …". */
export class UnusableFile extends Error {
  override name = "UnusableFile";

  /** `suffix` tells what it is kept under. */
  constructor(
    message: string,
    readonly suffix: string,
  ) {
    super(message);
  }
}

/** The statements on the sheets of a level. */
export interface SheetTable {
  one: Statement<SheetRow, [number]>;
  /** From a key up to but not including another, in order. */
  between: Statement<SheetRow, [number, number]>;
  put: Statement<unknown, [number, Uint8Array, Uint8Array]>;
  /** The same with the sums over all remotes for sheets. */
  sumsOf: Statement<SheetRow, [number]>;
  sumsBetween: Statement<SheetRow, [number, number]>;
  remove: Statement<unknown, [number]>;
  removeBetween: Statement<unknown, [number, number]>;
  first: Statement<{ key: number }, [number, number]>;
  ends: Statement<{ first: number | null; last: number | null }, []>;
}

/**
 * The database on the disk. What it does for disks that wear: a transaction is written to the log once and synced once (WAL with FULL, so that
 * what was committed survives a power cut), pages come home when some hundred are in the log, and pages
 * that expire are taken again before the file grows.
 */
export class RollupFile {
  readonly database: Database;
  readonly #prepared: Statement[] = [];
  readonly tables: Readonly<Record<Level["table"], SheetTable>>;

  /** Throws UnusableFile for what should be set aside, and SQLite's errors when the disk cannot be used. */
  constructor(readonly folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, NAME);
    this.database = new Database(path, { create: true, readwrite: true });
    try {
      chmodSync(path, 0o600);
      this.#begin();
      this.tables = this.#tables();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Bytes of the database and its log. */
  get bytes(): number {
    return [NAME, `${NAME}-wal`].reduce((sum, name) => sum + Bun.file(join(this.folder, name)).size, 0);
  }

  kept(name: string): string | undefined {
    const row = this.database.query("SELECT text FROM kept WHERE name = ?").get(name) as {
      text: string;
    } | null;
    return row?.text;
  }

  /** Keeps a document, or removes it. */
  keep(name: string, text: string | undefined): void {
    if (text === undefined) this.database.query("DELETE FROM kept WHERE name = ?").run(name);
    else this.database.query("INSERT OR REPLACE INTO kept (name, text) VALUES (?, ?)").run(name, text);
  }

  pragma(name: string): number {
    const row = this.database.query(`PRAGMA ${name}`).get() as Record<string, number>;
    return Object.values(row)[0]!;
  }

  /** Gives free pages back to the partition, `pages` of them or all. */
  shrink(pages = 0): void {
    this.database.run(`PRAGMA incremental_vacuum(${pages})`);
  }

  /**
   * Writes what is there to a new file that takes this one's place, whole at any moment, and closes this one: pages keep bytes of what
   * was removed, free or not. Takes as much of the disk once more while it lasts. What throws before that leaves the file open.
   */
  rewrite(): void {
    const [path, next] = [join(this.folder, NAME), join(this.folder, NEXT)];
    rmSync(next, { force: true });
    this.database.run("VACUUM INTO ?", [next]);
    sync(next);
    this.close();
    rmSync(`${path}-wal`, { force: true });
    renameSync(next, path);
    sync(this.folder);
  }

  /** Brings the log home, too: SQLite waits with that for the last statement. */
  close(): void {
    for (const statement of this.#prepared) statement.finalize();
    this.database.close();
  }

  #begin(): void {
    const { database } = this;
    const version = this.pragma("user_version");
    const isNew = database.query("SELECT 1 FROM sqlite_schema LIMIT 1").get() === null;
    if (!isNew && this.pragma("application_id") !== APPLICATION) {
      throw new UnusableFile("is another program's file", "foreign");
    }
    if (version > VERSION) {
      throw new UnusableFile(`was written by a later version (${version})`, `version-${version}`);
    }
    if (isNew) {
      // Both are for good once there is a page.
      database.run(`PRAGMA page_size = ${PAGE_BYTES}`);
      database.run("PRAGMA auto_vacuum = INCREMENTAL");
    }
    database.run("PRAGMA journal_mode = WAL");
    database.run("PRAGMA synchronous = FULL");
    database.run(`PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
    database.run(`PRAGMA journal_size_limit = ${LOG_PAGES * PAGE_BYTES}`);
    if (isNew) this.#create();
  }

  #create(): void {
    const sheets = ({ table }: Level) =>
      `CREATE TABLE ${table} (key INTEGER PRIMARY KEY, sums BLOB NOT NULL, sheet BLOB NOT NULL)`;
    this.database.transaction(() => {
      for (const level of [FRESH, ...GATHERED]) this.database.run(sheets(level));
      // `seen`: a tick of the latest day the device had traffic in, give or take a day.
      this.database.run(
        "CREATE TABLE devices (id INTEGER PRIMARY KEY, mac INTEGER NOT NULL UNIQUE, seen INTEGER NOT NULL)",
      );
      this.database.run("CREATE TABLE kept (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID");
      this.database.run(`PRAGMA application_id = ${APPLICATION}`);
      this.database.run(`PRAGMA user_version = ${VERSION}`);
    })();
  }

  #tables(): RollupFile["tables"] {
    try {
      return {
        fresh: this.#table(FRESH),
        seconds: this.#table(SECONDS),
        minutes: this.#table(MINUTES),
        hours: this.#table(HOURS),
      };
    } catch (error) {
      // No such table or column: the only statements that can be wrong.
      const isSchema = error instanceof SQLiteError && error.code === "SQLITE_ERROR";
      throw isSchema ? new UnusableFile("was damaged", "damaged") : error;
    }
  }

  #table({ table }: Level): SheetTable {
    const prepare = (text: string): Statement<never, never[]> => {
      const statement = this.database.prepare<never, never[]>(text);
      this.#prepared.push(statement);
      return statement;
    };
    const range = "WHERE key >= ? AND key < ?";
    return {
      one: prepare(`SELECT key, sheet FROM ${table} WHERE key = ?`),
      between: prepare(`SELECT key, sheet FROM ${table} ${range} ORDER BY key`),
      put: prepare(`INSERT OR REPLACE INTO ${table} (key, sums, sheet) VALUES (?, ?, ?)`),
      sumsOf: prepare(`SELECT key, sums AS sheet FROM ${table} WHERE key = ?`),
      sumsBetween: prepare(`SELECT key, sums AS sheet FROM ${table} ${range} ORDER BY key`),
      remove: prepare(`DELETE FROM ${table} WHERE key = ?`),
      removeBetween: prepare(`DELETE FROM ${table} ${range}`),
      first: prepare(`SELECT key FROM ${table} ${range} ORDER BY key LIMIT 1`),
      ends: prepare(
        `SELECT (SELECT min(key) FROM ${table}) AS first, (SELECT max(key) FROM ${table}) AS last`,
      ),
    };
  }
}

/** Sets the file aside under a name that tells why, in place of an earlier one of that name, so that a new one can begin. */
export function setAside(folder: string, suffix: string): string {
  const kept = `${NAME}.${suffix}`;
  rmSync(join(folder, `${kept}-wal`), { force: true });
  renameSync(join(folder, NAME), join(folder, kept));
  // The log belongs to the file; its index is made anew.
  if (existsSync(join(folder, `${NAME}-wal`))) {
    renameSync(join(folder, `${NAME}-wal`), join(folder, `${kept}-wal`));
  }
  rmSync(join(folder, `${NAME}-shm`), { force: true });
  return kept;
}

/** Removes what was set aside. */
export function removeSetAside(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(`${NAME}.`)) rmSync(join(folder, name), { force: true });
  }
}

function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

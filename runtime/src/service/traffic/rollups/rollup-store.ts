import { SQLiteError } from "bun:sqlite";
import { type GroupedSeries, type GroupOf, groupedSeries } from "../../../traffic/history/grouped-series.ts";
import { emptySeries, type Range, type Series } from "../../../traffic/history/query.ts";
import type { Grouping, Total } from "../../../traffic/history/totals.ts";
import type { Log } from "../../log.ts";
import { believedTime } from "./believed-time.ts";
import { DeviceNumbers } from "./device-numbers.ts";
import { Gathering, type SecondSums } from "./gathering.ts";
import { FRESH, GATHERED, keyOf, MINUTES, SECONDS } from "./levels.ts";
import { QuestionTable, type StoredQuestion } from "./question-table.ts";
import { Reading } from "./reading.ts";
import { Retention, type RollupLimits } from "./retention.ts";
import { RollupFile, removeSetAside, setAside, UnusableFile } from "./rollup-file.ts";

export type { GroupOf } from "../../../traffic/history/grouped-series.ts";
export type { SecondSums } from "./gathering.ts";
export type { StoredQuestion } from "./question-table.ts";
export type { RollupLimits } from "./retention.ts";

/** How far back each resolution reaches, in ticks; 0 where nothing is there. */
export interface RollupExtent {
  oldestSecond: number;
  oldestMinute: number;
}

/** The document that `append` writes the position to, and the one that says that a forgetting was not finished. */
const POSITION = "position";
const FORGETTING = "forgetting";

interface Opened {
  file: RollupFile;
  devices: DeviceNumbers;
  gathering: Gathering;
  reading: Reading;
  questions: QuestionTable;
  retention: Retention;
}

/**
 * Traffic sums of the past on the disk: 1 s for a week, 1 min for a year. All calls block; they belong in a Worker. Times are ticks of
 * 100 ms as in the history, and questions are asked as there, but with MACs as 48-bit numbers for devices. A disk that fails costs the
 * stored past and nothing else: no call throws but those with a range that is none, and `fault` says what is wrong.
 */
export class RollupStore {
  readonly #folder: string;
  readonly #log: Log;
  #limits: RollupLimits;
  #opened: Opened | undefined;
  /** What became of a file that could not be gone on with, for as long as this runs. */
  #notice = "";
  /** What failed since the last append that succeeded. */
  #trouble = "";

  private constructor(folder: string, limits: RollupLimits, log: Log) {
    this.#folder = folder;
    this.#limits = limits;
    this.#log = log;
  }

  /** A store in `folder`, which is made. What cannot be opened now is tried again with every append. */
  static open(folder: string, limits: RollupLimits, log: Log): RollupStore {
    const store = new RollupStore(folder, limits, log);
    store.#try("opened", undefined, () => {});
    return store;
  }

  /** One sentence for the owner while the disk cannot be used, or after a file was set aside; "" when all is well. */
  get fault(): string {
    return this.#trouble === "" ? this.#notice : this.#trouble;
  }

  /**
   * Keeps rows that finished since the last append, the reader's position in the feed and what was asked with them, all or nothing. Rows
   * may share one object. False when nothing could be kept: then the same belongs into the next append.
   */
  append(rows: Iterable<SecondSums>, position: number, asked: Iterable<StoredQuestion> = []): boolean {
    const isKept = this.#write("written", ({ file, gathering, questions }) => {
      if (this.#levels.length > 0) {
        gathering.append(rows, this.#levels);
        questions.append(asked);
      }
      file.keep(POSITION, String(position));
    });
    if (isKept) this.#trouble = "";
    return isKept;
  }

  /** What devices asked, the oldest first. */
  questions(): StoredQuestion[] {
    return this.#try("read", [], ({ questions }) => questions.all());
  }

  /** What the last append that succeeded said. */
  get position(): number | undefined {
    const text = this.kept(POSITION);
    return text === undefined ? undefined : Number(text);
  }

  /** The sums of each step in a range. Throws RangeError for a range that is none or has too many steps. */
  series(query: Range & { step: number }): Series {
    return this.seriesOf({ ...query, by: "device" }, 1, () => 0)[0]!;
  }

  /** The same for each of `count` groups, in one pass. Groups that are `by` "device" are found without looking at remotes, much faster. */
  seriesOf(
    query: Range & { step: number; by?: "device" | "remote" },
    count: number,
    groupOf: GroupOf,
  ): Series[] {
    const series = Array.from({ length: count }, () => emptySeries(query.from, query.to, query.step));
    return this.#try("read", series, ({ reading }) => {
      reading.addSeries(query, series, groupOf, query.by !== "device");
      return series;
    });
  }

  /** The series of the largest groups of a range, and of what the others have. */
  seriesBy(query: Range & { step: number; by: "device" | "remote"; top: number }): GroupedSeries {
    return groupedSeries(this, query);
  }

  /** The sums of each device, remote or pair that had traffic in a range, most bytes first. */
  totals(query: Range & { by: Grouping; top?: number }): Total[] {
    return this.#try("read", [], ({ reading }) => reading.totals(query, query.by).slice(0, query.top));
  }

  extent(): RollupExtent {
    return this.#try("read", { oldestSecond: 0, oldestMinute: 0 }, ({ reading }) => {
      const [fresh, seconds, minutes] = [FRESH, SECONDS, MINUTES].map((level) => reading.since(level));
      const oldest = (gathered: number) => finite(Math.min(fresh!, gathered));
      return { oldestSecond: oldest(seconds!), oldestMinute: oldest(minutes!) };
    });
  }

  /** Bytes on the disk. */
  get bytes(): number {
    return this.#opened?.file.bytes ?? 0;
  }

  /** Other limits from now on; `expire` makes them true. */
  limit(limits: RollupLimits): void {
    this.#limits = limits;
  }

  /** Ends what is older than the limits or too much. Belongs every five minutes, with the tick of now, which is believed once it is plausible. */
  expire(now: number): void {
    const isDone = this.#write("expired", ({ file, retention, devices, questions }) => {
      const oldest = retention.expire(believedTime(file, now), this.#limits);
      devices.expire(oldest);
      questions.expire(oldest);
      retention.fit(this.#limits);
    });
    if (isDone) this.#try("expired", undefined, ({ retention }) => retention.shrink(this.#limits));
  }

  /**
   * Ends all sums of a device, or of all devices; their bytes are gone from the disk's files when it returns true, and with them what `keep`
   * replaced or removed before. Files that were set aside go as a whole. The file is written anew, which takes seconds when it is large.
   */
  forget(device?: number): boolean {
    const isRemoved = this.#write("forgotten", (opened) => {
      removeSetAside(this.#folder);
      opened.file.keep(FORGETTING, "");
      if (device === undefined) removeAll(opened);
      else removeDevice(opened, device);
    });
    if (!isRemoved) return false;
    this.close();
    return this.#try("forgotten", false, ({ file }) => file.kept(FORGETTING) === undefined);
  }

  /** Keeps a small document of that name, or removes it. False when that could not be done. */
  keep(name: string, text: string | undefined): boolean {
    return this.#write("written", ({ file }) => file.keep(name, text));
  }

  kept(name: string): string | undefined {
    return this.#try("read", undefined, ({ file }) => file.kept(name));
  }

  close(): void {
    this.#opened?.file.close();
    this.#opened = undefined;
  }

  get #levels() {
    const { keepSecondsDays, keepMinutesDays } = this.#limits;
    return GATHERED.filter((level) => (level === SECONDS ? keepSecondsDays > 0 : keepMinutesDays > 0));
  }

  #write(what: string, action: (opened: Opened) => void): boolean {
    return this.#try(what, false, (opened) => {
      opened.file.database.transaction(() => action(opened)).immediate();
      return true;
    });
  }

  /** Does what needs the disk; `otherwise` when that fails. */
  #try<T>(what: string, otherwise: T, action: (opened: Opened) => T): T {
    try {
      this.#opened ??= this.#open();
      return action(this.#opened);
    } catch (error) {
      this.#fail(what, error);
      return otherwise;
    }
  }

  #open(): Opened {
    const file = this.#finishForgetting(new RollupFile(this.#folder));
    const devices = new DeviceNumbers(file.database);
    return {
      ...{ file, devices },
      gathering: new Gathering(file, devices),
      reading: new Reading(file, devices),
      questions: new QuestionTable(file),
      retention: new Retention(file),
    };
  }

  /** The file without what pages still have of the removed; as it is, to be tried again, where that cannot be done. */
  #finishForgetting(file: RollupFile): RollupFile {
    if (file.kept(FORGETTING) === undefined) return file;
    try {
      file.rewrite();
    } catch (error) {
      if (asUnusable(error) !== undefined) {
        file.close();
        throw error;
      }
      this.#complain("forgotten", error);
      return file;
    }
    const next = new RollupFile(this.#folder);
    next.keep(FORGETTING, undefined);
    return next;
  }

  #complain(what: string, error: unknown): void {
    this.#trouble = `The stored traffic history cannot be ${what}: ${(error as Error).message}.`;
    this.#log.limited("rollups", this.#trouble);
  }

  /** Closes what may be in an unknown state, sets aside what is no good, and says so. */
  #fail(what: string, error: unknown): void {
    this.close();
    const unusable = asUnusable(error);
    if (unusable === undefined) {
      this.#complain(what, error);
      return;
    }
    try {
      const kept = setAside(this.#folder, unusable.suffix);
      this.#notice = `The stored traffic history ${unusable.message}. It is kept as ${kept}, and a new one was begun.`;
      this.#log.error(this.#notice);
    } catch (failure) {
      this.#trouble = `The stored traffic history ${unusable.message} and cannot be set aside: ${(failure as Error).message}.`;
      this.#log.limited("rollups", this.#trouble);
    }
  }
}

function finite(tick: number): number {
  return Number.isFinite(tick) ? tick : 0;
}

function removeAll({ file, devices, questions }: Opened): void {
  for (const level of [FRESH, ...GATHERED]) file.database.run(`DELETE FROM ${level.table}`);
  file.database.run("DELETE FROM devices");
  questions.forget();
  devices.reload();
}

function removeDevice({ file, devices, reading, questions }: Opened, mac: number): void {
  questions.forget(mac);
  const id = devices.idOf(mac);
  if (id === undefined) return;
  for (const level of [FRESH, ...GATHERED]) {
    const { from, to } = reading.extent(level);
    for (let tick = from; tick < to; tick += level.period) {
      file.tables[level.table].remove.run(keyOf(level, tick, id));
    }
  }
  devices.forget(mac);
}

/** Why the file is none to go on with; undefined when the fault is the disk's or passes. */
function asUnusable(error: unknown): UnusableFile | undefined {
  if (error instanceof UnusableFile) return error;
  const isDamaged = error instanceof SQLiteError && /^SQLITE_(?:CORRUPT|NOTADB)/.test(error.code ?? "");
  return isDamaged ? new UnusableFile("was damaged", "damaged") : undefined;
}

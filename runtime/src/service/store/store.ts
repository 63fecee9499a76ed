import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Change, diff } from "../../config/diff.ts";
import { defaultConfig } from "../../config/parse.ts";
import type { Config } from "../../config/schema.ts";
import { makeFolder, StorageError, writeDurably } from "../../linux/storage/durable.ts";
import {
  emitRevision,
  type HistoryEntry,
  parseEntry,
  parseRevision,
  type Revision,
  RevisionError,
} from "./revision.ts";

export { type HistoryEntry, type Revision, RevisionError } from "./revision.ts";

export interface Loaded {
  revision: Revision;
  config: Config;
  /** What the owner should know, one sentence each, when newer revisions could not be used. */
  notices: string[];
}

/** Revisions that are kept; of older ones only those that are among the newest good ones. */
export const KEPT_REVISIONS = 500;
/** Usable revisions that are kept however many newer ones cannot be used. */
export const KEPT_GOOD = 10;

const FILE = /^(\d{6,})\.json$/;
/** What a write leaves behind that a loss of power has cut short. */
const LEFT = /^\.\d{6,}\.json\./;
const DEFAULTS: Revision = { number: 0, time: 0, who: "", why: "defaults" };

/** The revisions of the configuration, each a file of its own in `folder`: 000001.json, 000002.json and so on. */
export class ConfigStore {
  #saving: Promise<unknown> = Promise.resolve();
  /** Revisions never change, so each is read for the history once. */
  readonly #entries = new Map<number, HistoryEntry>();

  constructor(
    readonly folder: string,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * The newest revision that can be used; the defaults when there is none. Unusable ones stay where they are, for whoever
   * wants to know what happened. Nothing is thrown: a router without its disk routes all the same. For the start: nothing may
   * be saving.
   */
  async load(): Promise<Loaded> {
    await this.#clear().catch(() => {});
    const notices: string[] = [];
    const numbers = await this.#numbers().catch((error) => {
      notices.push(`The configuration cannot be read (${(error as NodeJS.ErrnoException).code}).`);
      return [];
    });
    for (const number of numbers) {
      try {
        return { ...(await this.read(number)), notices };
      } catch (error) {
        notices.push(`Configuration revision ${number} cannot be used: ${(error as Error).message}.`);
      }
    }
    return { revision: DEFAULTS, config: defaultConfig, notices };
  }

  /** Revision `number`; 0 is the defaults. Throws RevisionError. */
  async read(number: number): Promise<{ revision: Revision; config: Config }> {
    if (number === 0) return { revision: DEFAULTS, config: defaultConfig };
    return parseRevision(number, await this.#text(number));
  }

  /**
   * Keeps `config` as the newest revision; it is on disk when the promise resolves. A number is never used twice, not even
   * that of an unusable revision. Throws StorageError.
   */
  save(config: Config, who: string, why: string): Promise<Revision> {
    const saved = this.#saving
      .then(() => this.#append(config, who, why))
      .catch((error) => {
        throw error instanceof StorageError ? error : new StorageError(this.folder, error);
      });
    this.#saving = saved.catch(() => {});
    return saved;
  }

  /** What differs between revisions `before` and `after`. Throws RevisionError. */
  async diff(before: number, after: number): Promise<Change[]> {
    const [a, b] = await Promise.all([this.read(before), this.read(after)]);
    return diff(a.config, b.config);
  }

  /** The usable revision that came before `number`, the defaults before the first. */
  async before(number: number): Promise<{ revision: Revision; config: Config }> {
    const earlier = (await this.#numbers()).filter((other) => other < number);
    for await (const good of this.#good(earlier)) return good;
    return this.read(0);
  }

  /** At most `limit` revisions, newest first, from the newest or the newest before `before` on. */
  async history(limit: number, before = Number.POSITIVE_INFINITY): Promise<HistoryEntry[]> {
    const numbers = (await this.#numbers()).filter((number) => number < before).slice(0, limit);
    return Promise.all(numbers.map((number) => this.#entry(number)));
  }

  async #entry(number: number): Promise<HistoryEntry> {
    const known = this.#entries.get(number);
    if (known !== undefined) return known;
    try {
      const entry = parseEntry(number, await this.#text(number));
      this.#entries.set(number, entry);
      return entry;
    } catch (error) {
      return { number, time: 0, who: "", why: "", changes: null, fault: (error as Error).message };
    }
  }

  async #append(config: Config, who: string, why: string): Promise<Revision> {
    const numbers = await this.#numbers();
    const number = (numbers[0] ?? 0) + 1;
    const revision = { number, time: this.now(), who, why };
    const { config: before } = await this.before(number);
    await makeFolder(this.folder, 0o700);
    await writeDurably(this.#path(number), emitRevision(revision, config, before));
    // What could not be removed is tried again with the next one; this one is kept all the same.
    await this.#prune([number, ...numbers]).catch(() => {});
    return revision;
  }

  /** Removes what is beyond the newest `KEPT_REVISIONS` of `numbers`, which are newest first, but for the newest good ones. */
  async #prune(numbers: readonly number[]): Promise<void> {
    const old = numbers.slice(KEPT_REVISIONS);
    if (old.length === 0) return;
    const good = new Set<number>();
    for await (const { revision } of this.#good(numbers)) {
      good.add(revision.number);
      if (good.size === KEPT_GOOD) break;
    }
    for (const number of old) {
      if (good.has(number)) continue;
      await rm(this.#path(number), { force: true });
      this.#entries.delete(number);
    }
  }

  /** Those of `numbers` that can be used, in their order. */
  async *#good(numbers: readonly number[]): AsyncGenerator<{ revision: Revision; config: Config }> {
    for (const number of numbers) {
      const found = await this.read(number).catch(() => undefined);
      if (found !== undefined) yield found;
    }
  }

  async #clear(): Promise<void> {
    const left = (await readdir(this.folder)).filter((name) => LEFT.test(name));
    await Promise.all(left.map((name) => rm(join(this.folder, name), { force: true })));
  }

  async #numbers(): Promise<number[]> {
    const names = await readdir(this.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    return names
      .flatMap((name) => FILE.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => b - a);
  }

  async #text(number: number): Promise<string> {
    try {
      return await readFile(this.#path(number), "utf8");
    } catch (error) {
      throw new RevisionError(`the file cannot be read (${(error as NodeJS.ErrnoException).code})`);
    }
  }

  #path(number: number): string {
    return join(this.folder, `${String(number).padStart(6, "0")}.json`);
  }
}

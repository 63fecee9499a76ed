import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { defaultConfig, parseConfig } from "../../config/parse.ts";
import type { Config } from "../../config/schema.ts";
import { writeDurably } from "../../linux/storage/durable.ts";

/** One configuration that was saved, and how it came about. */
export interface Revision {
  /** 1 for the first; 0 for the defaults of a router that nobody has configured. */
  number: number;
  /** When it was saved, in milliseconds since 1970 UTC. */
  time: number;
  who: string;
  why: string;
}

export interface Loaded {
  revision: Revision;
  config: Config;
  /** What the owner should know, one sentence each, when newer revisions could not be used. */
  notices: string[];
}

/** A revision that is not there or cannot be used; the message says why in words for the owner. */
export class RevisionError extends Error {
  override name = "RevisionError";
}

const FILE = /^(\d{6,})\.json$/;

/** Every revision of the configuration, each a file of its own in `folder`: 000001.json, 000002.json and so on. */
export class ConfigStore {
  #saving: Promise<unknown> = Promise.resolve();

  constructor(
    readonly folder: string,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * The newest revision that can be used; the defaults when there is none. Unusable ones stay where they are, for whoever
   * wants to know what happened. Nothing is thrown: a router without its disk routes all the same.
   */
  async load(): Promise<Loaded> {
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
    const revision = { number: 0, time: 0, who: "", why: "defaults" };
    return { revision, config: defaultConfig, notices };
  }

  /** Revision `number`. Throws RevisionError. */
  async read(number: number): Promise<{ revision: Revision; config: Config }> {
    const stored = asObject(parseJson(await this.#text(number)));
    const parsed = parseConfig(stored.config);
    if ("faults" in parsed) {
      const words = parsed.faults.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
      throw new RevisionError(words.join("; "));
    }
    const { time, who, why } = stored;
    return {
      revision: { number, time: Number(time), who: String(who), why: String(why) },
      config: parsed.config,
    };
  }

  /**
   * Keeps `config` as the newest revision; it is on disk when the promise resolves. A number is never used twice, not even
   * that of an unusable revision. Throws StorageError.
   */
  save(config: Config, who: string, why: string): Promise<Revision> {
    const saved = this.#saving.then(() => this.#append(config, who, why));
    this.#saving = saved.catch(() => {});
    return saved;
  }

  /** Every usable revision, newest first. */
  async history(): Promise<Revision[]> {
    const read = (await this.#numbers()).map((number) => this.read(number).catch(() => undefined));
    return (await Promise.all(read)).flatMap((entry) => entry?.revision ?? []);
  }

  async #append(config: Config, who: string, why: string): Promise<Revision> {
    const number = ((await this.#numbers())[0] ?? 0) + 1;
    const stored = { time: this.now(), who, why, config };
    await writeDurably(this.#path(number), `${JSON.stringify(stored, null, 2)}\n`);
    return { number, time: stored.time, who, why };
  }

  async #numbers(): Promise<number[]> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const names = await readdir(this.folder);
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RevisionError(text === "" ? "the file is empty" : "the file is not JSON");
  }
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new RevisionError("the file holds no revision");
  return value as Record<string, unknown>;
}

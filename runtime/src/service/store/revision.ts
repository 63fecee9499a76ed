import { type Change, changeText, diff } from "../../config/diff.ts";
import { parseConfig } from "../../config/parse.ts";
import type { Config } from "../../config/schema.ts";

/** One configuration that was saved, and how it came about. */
export interface Revision {
  /** 1 for the first; 0 for the defaults of a router that nobody has configured. */
  number: number;
  /** When it was saved, in milliseconds since 1970 UTC. */
  time: number;
  who: string;
  why: string;
}

/** A revision in the history. */
export interface HistoryEntry extends Revision {
  /** What differs from the revision before, a line each, as it was told when it was saved; null: that was not kept. */
  changes: string[] | null;
  /** Why it cannot be read, in words for the owner; null: it can be. Its other fields are empty then. */
  fault: string | null;
}

/** A revision that is not there or cannot be used; the message says why in words for the owner. */
export class RevisionError extends Error {
  override name = "RevisionError";
}

/** Lines of what changed that are kept with a revision; `diff` tells all of them. */
const KEPT_LINES = 40;

/** The content of a revision's file. `before` is the configuration that it follows. */
export function emitRevision({ time, who, why }: Revision, config: Config, before: Config): string {
  return `${JSON.stringify({ time, who, why, changes: changeLines(diff(before, config)), config }, null, 2)}\n`;
}

/** The revision and the configuration in the file's text. Throws RevisionError. */
export function parseRevision(number: number, text: string): { revision: Revision; config: Config } {
  const stored = asObject(parseJson(text));
  const parsed = parseConfig(stored.config);
  if ("faults" in parsed) {
    const words = parsed.faults.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
    throw new RevisionError(words.join("; "));
  }
  return { revision: head(number, stored), config: parsed.config };
}

/** The same without a look at the configuration, which takes a thousand times as long as the rest. */
export function parseEntry(number: number, text: string): HistoryEntry {
  const stored = asObject(parseJson(text));
  const changes = Array.isArray(stored.changes) ? stored.changes.map(String) : null;
  return { ...head(number, stored), changes, fault: null };
}

function head(number: number, { time, who, why }: Record<string, unknown>): Revision {
  return { number, time: Number(time), who: String(who), why: String(why) };
}

function changeLines(changes: Change[]): string[] {
  const lines = changes.slice(0, KEPT_LINES).map(changeText);
  const more = changes.length - lines.length;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
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

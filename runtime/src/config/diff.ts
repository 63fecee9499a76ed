import type { TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { formerIndices, keyField, keyOf } from "./entries.ts";
import { type Config, ConfigSchema } from "./schema.ts";
import { isSecret } from "./secrets.ts";

/** One difference between two documents, in words. Of a secret that is another now, neither value is told. */
export interface Change {
  /** The field, entries of lists by what they are known by: "lans.home.address"; those without a name by their list. */
  path: string;
  /** What was there; null: nothing was, as the entry is new. */
  before: string | null;
  /** What is there now; null: nothing is, as the entry is gone. */
  after: string | null;
}

interface Field {
  schema: TSchema;
  path: readonly string[];
}

/** Lists of values up to this long are shown as they were and are; of longer ones, what came and went. */
const WHOLE_LIST = 8;
/** Characters of a value that are shown. */
const SHOWN = 160;

/** What differs between `before` and `after`, in the order of the document's fields. */
export function diff(before: Config, after: Config): Change[] {
  return [...changes({ schema: ConfigSchema, path: [] }, before, after)];
}

/** `change` as one line: "lans.home.address: 192.168.77.1/24 -> 192.168.5.1/24". */
export function changeText({ path, before, after }: Change): string {
  if (before !== null && after !== null) return `${path}: ${before} -> ${after}`;
  if (after !== null) return `${path}: added ${after}`.trimEnd();
  return before !== null ? `${path}: removed ${before}`.trimEnd() : `${path}: changed`;
}

function* changes(field: Field, before: unknown, after: unknown): Generator<Change> {
  if (Value.Equal(before, after)) return;
  if (isGroup(before) && isGroup(after)) {
    for (const [name, schema] of Object.entries<TSchema>(field.schema.properties)) {
      yield* changes({ schema, path: [...field.path, name] }, before[name], after[name]);
    }
  } else if (Array.isArray(before) && Array.isArray(after)) {
    const ofGroups = [...before, ...after].every(isGroup);
    yield* ofGroups ? entries(field, before, after) : values(field, before, after);
  } else if (isSecret(field.path)) yield { path: dotted(field.path), before: null, after: null };
  else yield { path: dotted(field.path), before: shown(before), after: shown(after) };
}

/** Lists of groups: each entry is compared with what it was, wherever that stood. */
function* entries(field: Field, before: unknown[], after: unknown[]): Generator<Change> {
  const former = formerIndices(before, after);
  const place = (entry: unknown) => [...field.path, ...(keyOf(entry) === undefined ? [] : [label(entry)])];
  const schema: TSchema = field.schema.items;
  for (const [i, entry] of before.entries()) {
    if (!former.includes(i))
      yield { path: dotted(place(entry)), before: summary(schema, field.path, entry), after: null };
  }
  for (const [i, entry] of after.entries()) {
    const index = former[i];
    if (index === undefined) {
      yield { path: dotted(place(entry)), before: null, after: summary(schema, field.path, entry) };
    } else yield* changes({ schema, path: place(before[index]) }, before[index], entry);
  }
  yield* reordered(field, before, former);
}

/** Entries without a name are no better known by their place, so the order of these says nothing. */
function* reordered(field: Field, before: unknown[], former: (number | undefined)[]): Generator<Change> {
  const stayed = former.filter((index) => index !== undefined);
  const inOrder = stayed.toSorted((a, b) => a - b);
  const names = (indices: number[]) => shownText(indices.map((index) => label(before[index])).join(", "));
  if (Value.Equal(stayed, inOrder) || before.some((entry) => keyOf(entry) === undefined)) return;
  yield { path: dotted(field.path), before: names(inOrder), after: names(stayed) };
}

function* values({ path }: Field, before: unknown[], after: unknown[]): Generator<Change> {
  const gone = before.filter((value) => !after.includes(value));
  const come = after.filter((value) => !before.includes(value));
  const isShort = before.length <= WHOLE_LIST && after.length <= WHOLE_LIST;
  if (isShort || gone.length + come.length === 0) {
    yield { path: dotted(path), before: shown(before), after: shown(after) };
  } else {
    for (const value of gone) yield { path: dotted(path), before: shown(value), after: null };
    for (const value of come) yield { path: dotted(path), before: null, after: shown(value) };
  }
}

/** What of `entry`, besides what it is known by, is not as it usually is: "from things, to home". */
function summary(schema: TSchema, list: readonly string[], entry: unknown): string {
  const place = [...list, "*"];
  const told = [...changes({ schema, path: place }, Value.Default(schema, {}), entry)].map(
    ({ path, after }) => ({ name: path.slice(dotted(place).length + 1), after }),
  );
  const known = keyField(entry);
  const words = told.flatMap(({ name, after }) =>
    name === known ? [] : after === null ? name : `${name} ${after}`,
  );
  return shownText(words.join(", "));
}

function label(entry: unknown): string {
  const key = keyOf(entry) ?? "";
  return /^[\p{L}\p{N}_:-]+$/u.test(key) ? key : JSON.stringify(key);
}

function shown(value: unknown): string {
  if (value === null || value === undefined || value === "") return "none";
  if (!Array.isArray(value))
    return shownText(typeof value === "object" ? JSON.stringify(value) : String(value));
  return value.length === 0 ? "none" : shownText(value.map(shown).join(", "));
}

/** On one line, and without what would change how the rest of it is read. */
function shownText(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\ufffd");
  return plain.length > SHOWN ? `${plain.slice(0, SHOWN - 1)}…` : plain;
}

function dotted(path: readonly string[]): string {
  return path.join(".");
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

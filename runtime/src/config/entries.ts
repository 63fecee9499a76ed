import { parseMac } from "../addr/mac.ts";

/** The fields that tell one entry of a list from the others, the more telling first. */
const KEYS = ["name", "mac", "interface", "external"] as const;

/** The field by which people know an entry of a list, such as its name; undefined where it has none. */
export function keyField(entry: unknown): (typeof KEYS)[number] | undefined {
  if (typeof entry !== "object" || entry === null) return undefined;
  const fields = entry as Record<string, unknown>;
  return KEYS.find(
    (key) => typeof fields[key] === "number" || (typeof fields[key] === "string" && fields[key] !== ""),
  );
}

/** That field's value; hardware addresses are alike however they are written. */
export function keyOf(entry: unknown): string | undefined {
  const field = keyField(entry);
  if (field === undefined) return undefined;
  const value = String((entry as Record<string, unknown>)[field]);
  return field === "mac" ? (parseMac(value) ?? value) : value;
}

/**
 * For each entry of `after` the index of what it was in `before`, and undefined for new ones. Entries are the same that have the same
 * key, or, without one, the same content; of those left over, what has a key is taken for renamed where it still has its place.
 */
export function formerIndices(before: readonly unknown[], after: readonly unknown[]): (number | undefined)[] {
  const keysBefore = identities(before);
  const keysAfter = identities(after);
  const free = new Set(before.keys());
  const former = keysAfter.map((key) => {
    const index = keysBefore.findIndex((other, i) => other === key && free.has(i));
    return free.delete(index) ? index : undefined;
  });
  return former.map((index, i) => {
    const isRenamed = index === undefined && keyOf(after[i]) !== undefined && keyOf(before[i]) !== undefined;
    return isRenamed && free.delete(i) ? i : index;
  });
}

/** The key of each entry, marked as one; its content where it has none, or shares it with another of the list. */
function identities(entries: readonly unknown[]): string[] {
  const keys = entries.map(keyOf);
  return entries.map((entry, i) => {
    const key = keys[i];
    const isOwn = key !== undefined && keys.indexOf(key) === keys.lastIndexOf(key);
    return isOwn ? `key ${key}` : `content ${JSON.stringify(entry)}`;
  });
}

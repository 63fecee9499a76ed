import type { TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { formerIndices } from "./entries.ts";
import { migrate } from "./migrate.ts";
import { type Config, ConfigSchema } from "./schema.ts";

/** Stands for a secret that is kept from the reader. No secret is like it: each is of ASCII. */
export const HIDDEN = "••••••••";

/** Field names from the document's root; "*" stands for every entry of a list. */
type Pattern = readonly string[];
type Fields = Record<string, unknown>;

/** The fields whose schema says `secret`. */
const SECRETS: readonly Pattern[] = patterns(ConfigSchema);

/** `config` with every secret that has been given replaced by HIDDEN. */
export function hideSecrets(config: Config): Config {
  const hidden = structuredClone(config);
  for (const { group, field } of secretsOf(hidden)) if (isGiven(group[field])) group[field] = HIDDEN;
  return hidden;
}

/**
 * A document from outside, of this or an earlier version, with what stands HIDDEN in it taken from `known`, where the entry of the
 * same name, or else of the same place, has it. What `known` cannot say stays HIDDEN, and `parseConfig` tells so by its path.
 */
export function withSecretsOf(known: Config, document: unknown): unknown {
  const filled = Value.Default(ConfigSchema, migrate(structuredClone(document)));
  for (const pattern of SECRETS) reveal(known, filled, pattern);
  return filled;
}

/** The path, such as "wifi.networks.0.passphrase", and the value of every secret in `config` that has been given. */
export function givenSecrets(config: Config): { path: string; value: string }[] {
  return [...secretsOf(config)].flatMap(({ path, group, field }) =>
    isGiven(group[field]) ? [{ path, value: String(group[field]) }] : [],
  );
}

/** `document`, of any form, with `values` by their paths in place of what is HIDDEN there; values for other fields are passed over. */
export function fillHidden(document: unknown, values: ReadonlyMap<string, string>): unknown {
  const filled = structuredClone(document);
  for (const [path, value] of values) {
    const names = path.split(".");
    const field = names.pop() ?? "";
    const group = names.reduce<unknown>(
      (group, name) => (isOwn(group, name) ? group[name] : undefined),
      filled,
    );
    if (isOwn(group, field) && group[field] === HIDDEN) group[field] = value;
  }
  return filled;
}

/** Whether the field at `path`, with or without indices of lists, is a secret. */
export function isSecret(path: readonly string[]): boolean {
  return SECRETS.some(
    (pattern) =>
      pattern.length === path.length && pattern.every((part, i) => part === "*" || part === path[i]),
  );
}

function isOwn(group: unknown, name: string): group is Fields {
  return typeof group === "object" && group !== null && Object.hasOwn(group, name);
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined && value !== "";
}

function patterns(schema: TSchema, path: Pattern = []): Pattern[] {
  if (schema.secret === true) return [path];
  const fields = Object.entries<TSchema>(schema.properties ?? {});
  return [
    ...fields.flatMap(([name, field]) => patterns(field, [...path, name])),
    ...(schema.anyOf ?? []).flatMap((kind: TSchema) => patterns(kind, path)),
    ...(schema.type === "array" ? patterns(schema.items, [...path, "*"]) : []),
  ];
}

function* secretsOf(config: Config): Generator<{ path: string; group: Fields; field: string }> {
  for (const pattern of SECRETS) yield* within(config, pattern, []);
}

function* within(value: unknown, [part, ...rest]: Pattern, path: string[]): ReturnType<typeof secretsOf> {
  if (typeof value !== "object" || value === null || part === undefined) return;
  const group = value as Fields;
  if (rest.length === 0) yield { path: [...path, part].join("."), group, field: part };
  else {
    for (const key of part === "*" ? Object.keys(group) : [part])
      yield* within(group[key], rest, [...path, key]);
  }
}

/** Follows `pattern` through both at once; `given` may be of any form, and is changed. */
function reveal(known: unknown, given: unknown, [part, ...rest]: Pattern): void {
  if (typeof given !== "object" || given === null || typeof known !== "object" || known === null) return;
  if (part === "*") {
    if (!Array.isArray(given) || !Array.isArray(known)) return;
    const former = formerIndices(known, given);
    for (const [i, entry] of given.entries()) {
      const index = former[i];
      if (index !== undefined) reveal(known[index], entry, rest);
    }
  } else if (part !== undefined) {
    const to = given as Fields;
    const from = known as Fields;
    if (rest.length > 0) reveal(from[part], to[part], rest);
    else if (to[part] === HIDDEN && isGiven(from[part])) to[part] = from[part];
  }
}

import { type ValueError, ValueErrorType } from "@sinclair/typebox/errors";
import { Value } from "@sinclair/typebox/value";
import { disagreements } from "./agreement.ts";
import type { Fault } from "./faults.ts";
import { migrate } from "./migrate.ts";
import { type Config, ConfigSchema, VERSION } from "./schema.ts";
import { HIDDEN } from "./secrets.ts";

export type { Fault } from "./faults.ts";

/**
 * Checks a configuration document of this or an earlier version, a JSON value, and fills the fields it leaves out with their
 * defaults. Reports every fault at once, by its path in the present form; fields are compared with each other only when each is well-formed. Never throws for a JSON value.
 */
export function parseConfig(document: unknown): { config: Config } | { faults: Fault[] } {
  const filled = Value.Default(ConfigSchema, migrate(structuredClone(document)));
  const faults = malformed(filled);
  if (faults.length > 0) return { faults };
  const config = filled as Config;
  const conflicts = disagreements(config);
  return conflicts.length > 0 ? { faults: conflicts } : { config };
}

/** What a router is before anyone has chosen anything. */
export const defaultConfig: Config = Value.Parse(ConfigSchema, { version: VERSION });

/** One fault for each path, the first: a wrong type also fails the checks on its value. */
function malformed(document: unknown): Fault[] {
  const byPath = new Map<string, Fault>();
  for (const error of Value.Errors(ConfigSchema, document)) {
    const path = dotted(error.path);
    if (!byPath.has(path)) byPath.set(path, { path, ...explain(error) });
  }
  return [...byPath.values()];
}

function explain({ type, schema, value, path }: ValueError): Omit<Fault, "path"> {
  const field = dotted(path).split(".").at(-1) ?? "";
  if (type === ValueErrorType.ObjectAdditionalProperties) {
    return { message: `there is no field ${field}`, fix: "check its spelling or take it out" };
  }
  if (field === "version" && typeof value === "number" && value > VERSION) {
    return {
      message: `version ${value} was written by a newer Gatehouse`,
      fix: "update Gatehouse, or go back to an earlier revision",
    };
  }
  const expects = schema.expects as string;
  if (value === undefined) return { message: "is missing", fix: `give ${expects}` };
  if (schema.secret === true && value === HIDDEN) {
    return { message: "is hidden, and nothing here says what it was", fix: "give it again" };
  }
  const given = schema.secret === true ? "the value" : shown(value);
  return { message: `${given} is not ${expects}`, fix: `give ${expects}` };
}

/** JSON pointer (RFC 6901) to dotted path. */
function dotted(pointer: string): string {
  return pointer.slice(1).replaceAll("/", ".").replaceAll("~1", "/").replaceAll("~0", "~");
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

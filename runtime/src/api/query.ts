import { parseIPv4 } from "../addr/ipv4.ts";
import { parseMac } from "../addr/mac.ts";
import { RequestFault } from "./faults.ts";
import type { Fault } from "./model.ts";

/** One parameter of an address. */
export interface Parameter<Value> {
  /** For the API's page. */
  description: string;
  schema: object;
  /** For a fault. */
  takes: string;
  /** The value, undefined when the text is none. */
  parse(text: string): Value | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: any kind of value
export type Parameters = Record<string, Parameter<any>>;
/** What an address gives: each parameter that is there. */
export type Values<P extends Parameters> = {
  [Name in keyof P]?: P[Name] extends Parameter<infer V> ? V : never;
};
export type FieldFault = NonNullable<Fault["fields"]>[number];

/** Reads the query of a request: what is usable of it, and every fault at once. */
export function readQuery<P extends Parameters>(
  search: URLSearchParams,
  parameters: P,
): { values: Values<P>; faults: FieldFault[] } {
  const faults: FieldFault[] = [];
  const values: Record<string, unknown> = {};
  for (const field of new Set(search.keys())) {
    const [text = "", ...more] = search.getAll(field);
    const parameter = Object.hasOwn(parameters, field) ? parameters[field] : undefined;
    const value = parameter?.parse(text);
    if (parameter === undefined) faults.push({ field, reason: unknown(parameters) });
    else if (more.length > 0) faults.push({ field, reason: "is given more than once" });
    else if (value === undefined) faults.push({ field, reason: `takes ${parameter.takes}` });
    else values[field] = value;
  }
  return { values: values as Values<P>, faults };
}

/** The same; throws a RequestFault where there is a fault. */
export function parseQuery<P extends Parameters>(request: Request, parameters: P): Values<P> {
  const { values, faults } = readQuery(new URL(request.url).searchParams, parameters);
  if (faults.length > 0) throw unusable(faults);
  return values;
}

/** Some of a table's parameters. */
export function pick<P extends Parameters, Name extends keyof P>(
  parameters: P,
  names: readonly Name[],
): Pick<P, Name> {
  return Object.fromEntries(names.map((name) => [name, parameters[name]])) as Pick<P, Name>;
}

/** The parameters as the OpenAPI document describes them. */
export function describeParameters(parameters: Parameters) {
  return Object.entries(parameters).map(([name, { description, schema }]) => {
    return { name, in: "query" as const, description, schema };
  });
}

export function unusable(fields: FieldFault[]): RequestFault {
  return new RequestFault(422, {
    error: fields.map(({ field, reason }) => `${field} ${reason}`).join("; "),
    hint: "See /api/docs for what this address can be asked for.",
    fields,
  });
}

export function unknownDevice(field: string, text: string): RequestFault {
  return new RequestFault(404, {
    error: `${field}: no device has the MAC ${text}`,
    hint: "The devices that are known are listed at /api/devices.",
    fields: [{ field, reason: "is not the MAC of a device known here" }],
  });
}

/** MAC or home address; the routes find the device. */
export const DEVICE: Parameter<string> = {
  description: "Only those of one device, by its MAC or its home address",
  schema: { type: "string" },
  takes: "the MAC of a device such as 02:00:5e:10:00:01, or its home address such as 192.168.77.20",
  parse: (text) => parseMac(text) ?? (parseIPv4(text) === undefined ? undefined : text),
};

/** A number written in decimal digits alone. */
export function integer(text: string, least: number, most: number): number | undefined {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}

/** One of some words, in its place in the OpenAPI document and in a fault. */
export function word<const Word extends string>(
  words: readonly Word[],
  description: string,
): Parameter<Word> {
  const takes = words.length === 1 ? words[0]! : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
  return {
    description,
    schema: { type: "string", enum: words },
    takes,
    parse: (text) => words.find((known) => known === text),
  };
}

/** A whole number; `usual` is what it is when it is not given. */
export function whole(least: number, most: number, description: string, usual?: number): Parameter<number> {
  const schema = {
    type: "integer",
    minimum: least,
    maximum: most,
    ...(usual !== undefined && { default: usual }),
  };
  return {
    description,
    schema,
    takes: `a whole number from ${least} to ${most}`,
    parse: (text) => integer(text, least, most),
  };
}

function unknown(parameters: Parameters): string {
  const names = Object.keys(parameters);
  return names.length === 0
    ? "is unknown here; nothing can be asked for"
    : `is unknown here; known are ${names.join(", ")}`;
}

/** The parts of a JSON schema that the API's descriptions use. */
export interface Schema {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
}

/** The parts of an OpenAPI document that are shown. */
export interface Description {
  info: { title: string; version: string; description: string };
  paths: Record<string, Record<string, Operation>>;
}

export interface Parameter {
  name: string;
  in: string;
  description?: string;
  schema: Schema;
}

export interface Operation {
  summary: string;
  description: string;
  parameters?: Parameter[];
  requestBody?: { content: { "application/json": { schema: Schema } } };
  responses: Record<string, { description?: string; content?: Record<string, { schema: Schema }> }>;
}

/** Where programs find the description. */
export const DESCRIPTION = "/api/docs/json";

export async function readDescription(): Promise<Description> {
  const response = await fetch(DESCRIPTION);
  if (!response.ok) throw new Error(`The router answered ${response.status}`);
  return response.json();
}

/** A type in few words: "integer or null", "list of object". */
export function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  return [schema.type ?? "anything"].flat().join(" or ");
}

/** The objects within a schema whose fields are worth listing. */
export function objectsIn(schema: Schema): Schema[] {
  if (schema.properties) return [schema];
  if (schema.items) return objectsIn(schema.items);
  return (schema.anyOf ?? []).flatMap(objectsIn);
}

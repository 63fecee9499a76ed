import { type TObject, type TProperties, Type } from "@sinclair/typebox";
import { t } from "elysia";

/** A point in time. */
export const Milliseconds = (description: string) =>
  Type.Integer({ minimum: 0, description: `${description}, milliseconds since 1970-01-01 UTC` });
/** A length of time. */
export const Span = (description: string) =>
  Type.Integer({ minimum: 0, description: `${description}, milliseconds` });
export const Nullable = <S extends ReturnType<typeof Type.String> | ReturnType<typeof Type.Integer>>(
  schema: S,
) => Type.Union([schema, Type.Null()], { description: schema.description ?? "" });
/** One of some words; the OpenAPI document keeps its description, as it does not for a union of literals. */
export const OneOf = <const Words extends [string, ...string[]]>(words: Words, description: string) =>
  t.UnionEnum(words, { description });
export const Count = (description: string) => Type.Integer({ minimum: 0, description });
export const Bytes = Count;
export const Shape = <P extends TProperties>(properties: P, description: string): TObject<P> =>
  Type.Object(properties, { description, additionalProperties: false });

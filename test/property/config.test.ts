import { expect, test } from "bun:test";
import fc from "fast-check";
import { defaultConfig, parseConfig } from "../../runtime/src/config/parse.ts";

/** The default document with one field, however deep, replaced by `value`, or with a field that does not belong. */
const damaged = fc
  .tuple(fc.constantFrom(...paths(defaultConfig)), fc.jsonValue(), fc.boolean())
  .map(([path, value, isStranger]) => {
    const document = structuredClone(defaultConfig) as Record<string, unknown>;
    let group = document;
    for (const key of path.slice(0, -1)) group = group[key] as Record<string, unknown>;
    group[isStranger ? "stranger" : path.at(-1)!] = value;
    return document;
  });

function paths(value: object): string[][] {
  return Object.entries(value).flatMap(([key, inner]) => {
    const isGroup = typeof inner === "object" && inner !== null && !Array.isArray(inner);
    return [[key], ...(isGroup ? paths(inner).map((rest) => [key, ...rest]) : [])];
  });
}

test("any JSON is either a configuration that parses to itself, or has faults that say what to do", () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), damaged), (document) => {
      const parsed = parseConfig(document);
      if ("config" in parsed) expect(parseConfig(parsed.config)).toEqual(parsed);
      else expect(parsed.faults.every(({ message, fix }) => message !== "" && fix !== "")).toBe(true);
      return "config" in parsed || parsed.faults.length > 0;
    }),
    { numRuns: 2000 },
  );
});

import { expect, test } from "bun:test";
import { JsonLines, jsonLine } from "./lines.ts";

test("values arrive whole, however the stream is cut", () => {
  const values = [{ name: "Zoë" }, { bindings: [1, 2] }];
  const bytes = new TextEncoder().encode(values.map(jsonLine).join(""));
  for (let size = 1; size <= bytes.length; size++) {
    const lines = new JsonLines();
    const arrived: unknown[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      lines.push(bytes.subarray(at, at + size), (value) => arrived.push(value));
    }
    expect(arrived).toEqual(values);
  }
});

test("what is no JSON is refused", () => {
  expect(() => new JsonLines().push(new TextEncoder().encode("hello\n"), () => {})).toThrow(SyntaxError);
});

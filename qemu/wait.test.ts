import { expect, test } from "bun:test";
import { until } from "./wait.ts";

test("a condition's first value is returned, errors before it are waited out", async () => {
  let asked = 0;
  const value = await until({ what: "third answer", within: 5000 }, () => {
    asked++;
    if (asked === 1) throw new Error("not yet");
    return asked === 3 && "third";
  });
  expect([value, asked]).toEqual(["third", 3]);
});

test("a condition that does not come true tells what it was, its last error and the log", async () => {
  const never = until({ what: "lease", within: 0, tail: () => "console: panic" }, () => {
    throw new Error("no such file");
  });
  expect(never).rejects.toThrow("no lease within 0.0 s\nlast error: no such file\nconsole: panic");
});

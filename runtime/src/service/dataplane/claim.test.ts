import { expect, test } from "bun:test";
import { AlreadyRunning, claim } from "./claim.ts";

test("a socket has one data plane at a time", () => {
  const path = `/tmp/claim-${process.pid}/dataplane.sock`;
  const release = claim(path);
  expect(() => claim(path)).toThrow(AlreadyRunning);
  claim(`${path}.other`)();
  release();
  claim(path)();
});

import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseIPv4 } from "../../addr/ipv4.ts";
import { parsePppState, readPppState, watchPppStates } from "./state.ts";

test("a link that is up names its servers once each, one that ended says how", () => {
  expect([
    parsePppState("DNS=198.51.100.53 198.51.100.54\n"),
    parsePppState("DNS=198.51.100.53 198.51.100.53\n"),
    parsePppState("DNS= \n"),
    parsePppState("EXIT=19\n"),
    parsePppState("EXIT=TERM\n"),
    parsePppState(""),
  ]).toEqual([
    { dns: [parseIPv4("198.51.100.53")!, parseIPv4("198.51.100.54")!], exit: null },
    { dns: [parseIPv4("198.51.100.53")!], exit: null },
    { dns: [], exit: null },
    { dns: [], exit: 19 },
    { dns: [], exit: null },
    { dns: [], exit: null },
  ]);
});

test("a state that was written is told", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ppp-"));
  expect(readPppState("fibre", folder)).toBeUndefined();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const watcher = watchPppStates(folder, resolve, reject);
  await Bun.write(join(folder, "fibre.state"), "EXIT=8\n");
  await promise;
  expect(readPppState("fibre", folder)?.exit).toBe(8);
  watcher.close();
  rmSync(folder, { recursive: true });
});

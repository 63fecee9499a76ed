import { expect, test } from "bun:test";
import { join } from "node:path";

/** Exit status and standard error of `gatehouse` with these words. */
function gatehouse(...words: string[]): [number, string] {
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, join(import.meta.dir, "main.ts"), ...words]);
  return [exitCode, stderr.toString()];
}

test("a word that is no command is one clear line and exit status 2, also one that every object knows", () => {
  expect([gatehouse(), gatehouse("fly"), gatehouse("constructor"), gatehouse("console", "now")]).toEqual([
    [2, "gatehouse: no command given; gatehouse --help lists the commands\n"],
    [2, 'gatehouse: unknown command "fly"; gatehouse --help lists the commands\n'],
    [2, 'gatehouse: unknown command "constructor"; gatehouse --help lists the commands\n'],
    [2, 'gatehouse: console takes no argument, but "now" was given; gatehouse --help lists the commands\n'],
  ]);
});

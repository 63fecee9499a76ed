import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { heard, possible } from "./saving.fixture.ts";

/** What a process has written the kernel has, whatever it is to be kept on; so that no disk is waited for. */
const MEMORY = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const WRITES = 1000;
/** Saves between two deaths, at most. */
const MOST = 40;

/** Lets a child go on saving and kills it at a random moment after `lines` lines; what it has said. */
async function saveAndDie(folder: string, lines: number): Promise<string> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "saving.fixture.ts"), folder], {
    stdout: "pipe",
  });
  const decoder = new TextDecoder();
  let said = "";
  for await (const bytes of child.stdout) {
    said += decoder.decode(bytes);
    // It has gone on meanwhile: where it is when the signal comes is chance.
    if (said.split("\n").length > lines) child.kill("SIGKILL");
  }
  await child.exited;
  return said;
}

test("a process killed at random moments during a thousand writes leaves the old revision or the new one", async () => {
  const folder = mkdtempSync(join(MEMORY, "gatehouse-killed-"));
  let before = { begun: 0, kept: 0 };
  let deaths = 0;
  for (; before.kept < WRITES; deaths++) {
    const { found, ...now } = heard(
      await saveAndDie(join(folder, "config"), 1 + Math.floor(Math.random() * 2 * MOST)),
    );
    expect(possible(before)).toContain(found!);
    const number = Number(/\d+/.exec(found!)?.[0]);
    before = { begun: Math.max(now.begun, number), kept: Math.max(now.kept, number) };
  }
  expect(deaths).toBeGreaterThanOrEqual(WRITES / MOST / 2);
  rmSync(folder, { recursive: true });
}, 120_000);

import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const APPENDING = join(import.meta.dir, "../../runtime/src/service/traffic/rollups/appending.fixture.ts");

/** Runs a script with a partition of one megabyte at $1, on which `append` appends until that fails, which it says. */
async function onSmallPartition(script: string): Promise<string[]> {
  const partition = mkdtempSync(join(tmpdir(), "gatehouse-disk-"));
  mkdirSync(partition, { recursive: true });
  const all = `mount -t tmpfs -o size=1m,mode=700 tmpfs "$1"
    append() { "$0" ${APPENDING} "$1/traffic"; }
    ${script}`;
  const child = Bun.spawn(["unshare", "--mount", "bash", "-c", all, process.execPath, partition], {
    stdout: "pipe",
  });
  const text = await new Response(child.stdout).text();
  rmSync(partition, { recursive: true });
  return text.trim().split("\n");
}

const isNumber = (line: string) => /^\d+$/.test(line);

test("on a full disk the stored past stops with a word, and goes on when there is room again", async () => {
  const lines = await onSmallPartition(
    `append "$1"; append "$1"; mount -o remount,size=2m,mode=700 "$1"; append "$1"`,
  );
  const full = expect.stringContaining("cannot be written: database or disk is full");
  const [first, second, third] = [...lines.entries()].filter(([, line]) => !isNumber(line)).map(([at]) => at);
  expect([lines[first!], lines[second!], lines[third!], lines.length]).toEqual([
    full,
    full,
    full,
    third! + 1,
  ]);
  expect([first! > 10, third! > second! + 10]).toEqual([true, true]);
  const appends = lines.filter(isNumber).map(Number);
  expect(appends).toEqual(appends.map((_, i) => i + 1));
});

test("on a read-only disk the router goes on without the stored past, and says so", async () => {
  expect(await onSmallPartition(`mount -o remount,ro "$1"; append "$1"`)).toEqual([
    expect.stringContaining("read-only file system"),
  ]);
});

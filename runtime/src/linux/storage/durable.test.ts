import { expect, test } from "bun:test";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StorageError, writeDurably } from "./durable.ts";

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "storage-"));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("the file is replaced whole, readable by its owner alone, and nothing is left beside it", () =>
  inFolder(async (folder) => {
    const path = join(folder, "made", "leases.json");
    await writeDurably(path, "old");
    await Promise.all([writeDurably(path, "new"), writeDurably(path, "new")]);
    expect([
      await readFile(path, "utf8"),
      await readdir(join(folder, "made")),
      (await stat(path)).mode & 0o777,
    ]).toEqual(["new", ["leases.json"], 0o600]);
  }));

test("what a loss of power left beside the file does not stop the next write", () =>
  inFolder(async (folder) => {
    const path = join(folder, "leases.json");
    const left = Array.from({ length: 100 }, (_, n) => `.leases.json.${process.pid}.${n}`);
    await Promise.all(left.map((name) => writeFile(join(folder, name), "left")));
    await writeDurably(path, "new");
    expect(await readFile(path, "utf8")).toBe("new");
  }));

test("a write that fails names the file and leaves no trace", () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, "taken"), "");
    const failure = await writeDurably(join(folder, "taken", "x"), "").catch((error) => error);
    expect([
      failure instanceof StorageError,
      failure.message.includes("taken/x"),
      await readdir(folder),
    ]).toEqual([true, true, ["taken"]]);
  }));

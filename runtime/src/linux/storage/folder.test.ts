import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { synchroniseFolder } from "./folder.ts";

test("only what changed is written, ours that vanished is removed, others' files stay", () => {
  const folder = mkdtempSync(join(tmpdir(), "folder-"));
  writeFileSync(join(folder, "90-other.conf"), "other");
  const synchronise = (files: Record<string, string>) =>
    synchroniseFolder(
      folder,
      Object.entries(files).map(([name, text]) => ({ name, text })),
      (name) => name.startsWith("70-ours-"),
    );
  expect([
    synchronise({ "70-ours-a.conf": "a", "70-ours-b.conf": "b" }),
    synchronise({ "70-ours-a.conf": "a", "70-ours-b.conf": "b" }),
    synchronise({ "70-ours-b.conf": "B", "70-ours-c.conf": "c" }),
    readdirSync(folder).sort(),
    readFileSync(join(folder, "70-ours-b.conf"), "utf8"),
  ]).toEqual([
    { written: ["70-ours-a.conf", "70-ours-b.conf"], removed: [] },
    { written: [], removed: [] },
    { written: ["70-ours-b.conf", "70-ours-c.conf"], removed: ["70-ours-a.conf"] },
    ["70-ours-b.conf", "70-ours-c.conf", "90-other.conf"],
    "B",
  ]);
  rmSync(folder, { recursive: true });
});

import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Access } from "./access.ts";

const MAIN = join(import.meta.dir, "../../main.ts");

function gatehouse(words: string[], state: string) {
  const env = { ...process.env, GATEHOUSE_STATE: state };
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, MAIN, ...words], { env });
  return [exitCode, stdout.toString(), stderr.toString()];
}

test("a forgotten password is removed on the router, and whoever comes first chooses the next", async () => {
  const state = mkdtempSync(join(tmpdir(), "gatehouse-owner-"));
  const access = new Access({ state, visibleTo: () => "owner" });
  const token = await access.choose("correct horse battery", "192.168.7.10");
  expect(gatehouse(["owner", "reset"], state)).toEqual([
    0,
    expect.stringContaining("The owner's password is forgotten, and every browser signed out."),
    "",
  ]);
  expect([existsSync(join(state, "owner.json")), access.owner, access.isOwners(token)]).toEqual([
    false,
    "none",
    false,
  ]);
  expect(gatehouse(["owner", "reset"], state)).toEqual([
    0,
    expect.stringContaining("Nobody has chosen the owner's password yet."),
    "",
  ]);
  rmSync(state, { recursive: true });
});

test("other words change nothing and are refused with status 2", () => {
  for (const words of [["owner"], ["owner", "rest"], ["owner", "reset", "now"]]) {
    expect(gatehouse(words, "/nonexistent")).toEqual([
      2,
      "",
      expect.stringContaining("takes the word reset"),
    ]);
  }
});

import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setSysctls } from "./sysctl.ts";

test("only parameters that differ are set, and a missing one does not stop the others", () => {
  const root = mkdtempSync(join(tmpdir(), "sysctl-"));
  mkdirSync(join(root, "net"));
  writeFileSync(join(root, "net/range"), "10240\t14335\n");
  writeFileSync(join(root, "net/redirects"), "1\n");
  const wanted = [
    { key: "net/range", value: "10240 14335" },
    { key: "net/absent", value: "1" },
    { key: "net/module", value: "1", optional: true as const },
    { key: "net/redirects", value: "0" },
  ];
  expect([setSysctls(wanted, root), readFileSync(join(root, "net/redirects"), "utf8")]).toEqual([
    { changed: ["net/redirects"], refused: [{ key: "net/absent", reason: "ENOENT" }] },
    "0",
  ]);
  rmSync(root, { recursive: true });
});

import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pppLinks } from "./ppp.ts";

test("a link restarts when its file changes, stops when it goes, and else is kept running", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ppp-"));
  const calls: string[] = [];
  const links = pppLinks(folder, async (...words) => void calls.push(words.join(" ")));
  await links.bring([{ name: "fibre.conf", text: 'password "a"\n' }]);
  expect(statSync(join(folder, "fibre.conf")).mode & 0o777).toBe(0o600);
  await links.bring([{ name: "fibre.conf", text: 'password "a"\n' }]);
  await links.bring([{ name: "fibre.conf", text: 'password "b"\n' }]);
  // What pppd's helpers keep there is theirs.
  await Bun.write(join(folder, "fibre.state"), "EXIT=19\n");
  expect(await links.bring([])).toEqual({ written: [], removed: ["fibre.conf"] });
  expect([calls, await Bun.file(join(folder, "fibre.state")).exists()]).toEqual([
    [
      "restart gatehouse-pppoe@fibre.service",
      "start gatehouse-pppoe@fibre.service",
      "restart gatehouse-pppoe@fibre.service",
      "stop gatehouse-pppoe@fibre.service",
    ],
    true,
  ]);
  rmSync(folder, { recursive: true });
});

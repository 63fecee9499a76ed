import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSharedFile, openSharedFile, readSharedFile } from "./shared-file.ts";

const LENGTH = 8192;
const folder = mkdtempSync(join(tmpdir(), "gatehouse-shared-"));

afterAll(() => rmSync(folder, { recursive: true }));

test("what one writes another reads, the owner alone may open it, and all of it takes memory from the start", () => {
  const path = join(folder, "shared");
  const made = createSharedFile(path, LENGTH, (buffer) => new Uint8Array(buffer).fill(7));
  const reader = readSharedFile(path)!;
  const again = openSharedFile(path, LENGTH)!;
  new Uint8Array(again.buffer)[1] = 8;
  const { mode, size, blocks } = statSync(path);
  expect([
    [...new Uint8Array(reader.buffer, 0, 3)],
    new Uint8Array(made.buffer)[1],
    mode & 0o777,
    size,
    blocks * 512 >= LENGTH,
  ]).toEqual([[7, 8, 7], 8, 0o600, LENGTH, true]);
  for (const file of [made, reader, again]) file.unmap();
});

test("another file in its place is noticed, and the old one stays readable", () => {
  const path = join(folder, "replaced");
  const first = createSharedFile(path, LENGTH, (buffer) => new Uint8Array(buffer).fill(1));
  const reader = readSharedFile(path)!;
  const before = [first.isReplaced(), reader.isReplaced()];
  const second = createSharedFile(path, 2 * LENGTH, () => {});
  const after = [first.isReplaced(), reader.isReplaced(), second.isReplaced()];
  rmSync(path);
  expect([before, after, second.isReplaced(), new Uint8Array(reader.buffer)[LENGTH - 1]]).toEqual([
    [false, false],
    [true, true, false],
    true,
    1,
  ]);
  for (const file of [first, reader, second]) file.unmap();
});

test("there is no file of another length, none that is empty, and none behind a link", () => {
  const path = join(folder, "other");
  writeFileSync(path, new Uint8Array(LENGTH - 1));
  const other = openSharedFile(path, LENGTH);
  truncateSync(path, 0);
  const missing = join(folder, "missing");
  expect([other, readSharedFile(path), openSharedFile(missing, LENGTH), readSharedFile(missing)]).toEqual(
    Array(4).fill(undefined),
  );
  const link = join(folder, "link");
  Bun.spawnSync(["ln", "-s", path, link]);
  expect(() => openSharedFile(link, LENGTH)).toThrow("ELOOP");
});

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a synchronisation did: names of files, without the folder. */
export interface FolderChange {
  written: string[];
  removed: string[];
}

/**
 * Makes `folder`, on a volatile file system, hold exactly `files` among those `isOurs` recognises by name. Files with the
 * same text are not touched, so that nobody who watches them stirs; others are replaced by rename. Throws the system's error.
 */
export function synchroniseFolder(
  folder: string,
  files: readonly { name: string; text: string }[],
  isOurs: (name: string) => boolean,
  mode = 0o644,
): FolderChange {
  mkdirSync(folder, { recursive: true });
  const there = readdirSync(folder).filter(isOurs);
  const written = files.filter(
    ({ name, text }) => !there.includes(name) || textOf(join(folder, name)) !== text,
  );
  for (const { name, text } of written) {
    const temporary = join(folder, `.${name}.new`);
    rmSync(temporary, { force: true });
    writeFileSync(temporary, text, { mode });
    renameSync(temporary, join(folder, name));
  }
  const removed = there.filter((name) => !files.some((file) => file.name === name)).sort();
  for (const name of removed) rmSync(join(folder, name));
  return { written: written.map(({ name }) => name), removed };
}

function textOf(path: string): string {
  return readFileSync(path, "utf8");
}

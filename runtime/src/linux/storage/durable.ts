import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** A file could not be written; the former one, if any, is whole and in place. */
export class StorageError extends Error {
  override name = "StorageError";
  constructor(
    readonly path: string,
    cause: unknown,
  ) {
    super(`writing ${path}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

let written = 0;

/**
 * Replaces the file at `path`, making its folder when missing, so that a power loss at any moment leaves the old content
 * or the new one: written beside it, synced, renamed over it, and the folder synced (a rename is not on disk before).
 * Of two calls at once for one path, one wins whole. `mode` is that of the file. Throws StorageError.
 */
export async function writeDurably(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${process.pid}.${written++}`);
  try {
    await makeFolder(folder);
    await writeSynced(temporary, content, mode);
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw new StorageError(path, error);
  }
}

/** Makes the folder at `path` and those above it when missing, so that what is then kept in it outlives a power loss with it. */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode });
  for (let made = path; first !== undefined && made.length >= first.length; made = dirname(made)) {
    await syncFolder(dirname(made));
  }
}

async function writeSynced(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  // Not "wx": a file of this name was left by a loss of power, and after the boot the same process number writes again.
  const file = await open(path, "w", mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

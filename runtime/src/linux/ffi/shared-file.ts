import { closeSync, constants, fchmodSync, fstatSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { errno, libc, SystemError } from "./libc.ts";
import { mapShared, type SharedMemory } from "./packet-memory.ts";

const OWNER_ONLY = 0o600;
/** What stat counts a file's memory in. */
const BLOCK = 512;

/**
 * A file that processes share as memory. Its length never changes, for who touches memory behind a file's end is killed
 * (SIGBUS): another length is another file of the same name.
 */
export interface SharedFile extends SharedMemory {
  /** Whether another file, or none, has the name now. */
  isReplaced(): boolean;
}

/** Maps the file `path` of exactly `length` bytes to be written; undefined when there is none such. Throws SystemError. */
export function openSharedFile(path: string, length: number): SharedFile | undefined {
  return withFile(path, (fd) => {
    const { size, blocks } = fstatSync(fd);
    if (size !== length) return undefined;
    // A file with holes would take its memory when it is written. Looking for them takes long where there are none.
    if (blocks * BLOCK < length) allocate(fd, path, length);
    return mapped(fd, path, length);
  });
}

/**
 * Maps the file `path`, however long, to be read; undefined when there is none, or it is empty. It must be open to writing,
 * too: what JavaScriptCore compiles Atomics.load to is an addition of 0. Throws SystemError.
 */
export function readSharedFile(path: string): SharedFile | undefined {
  return withFile(path, (fd) => {
    const { size } = fstatSync(fd);
    return size === 0 ? undefined : mapped(fd, path, size);
  });
}

/**
 * Makes a file of `length` zeros that only its owner may open, with all of its memory, and maps it to be written. `fill` is
 * done before it takes its name, in place of the file that had it. Throws SystemError, ENOSPC when there is not so much room.
 */
export function createSharedFile(
  path: string,
  length: number,
  fill: (buffer: ArrayBuffer) => void,
): SharedFile {
  const unfinished = `${path}.new`;
  rmSync(unfinished, { force: true });
  const fd = openSync(unfinished, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, OWNER_ONLY);
  try {
    fchmodSync(fd, OWNER_ONLY);
    allocate(fd, path, length);
    const file = mapped(fd, path, length);
    fill(file.buffer);
    renameSync(unfinished, path);
    return file;
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

function withFile<T>(path: string, use: (fd: number) => T): T | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** Takes the memory of the whole file now, where it can be refused. */
function allocate(fd: number, path: string, length: number): void {
  if (libc.fallocate(fd, 0, 0, length) !== 0) throw new SystemError(`fallocate ${path}`, errno());
}

function mapped(fd: number, path: string, length: number): SharedFile {
  const { dev, ino } = fstatSync(fd);
  const memory = mapShared(fd, length, path);
  return {
    ...memory,
    isReplaced() {
      const now = statSync(path, { throwIfNoEntry: false });
      return now === undefined || now.dev !== dev || now.ino !== ino;
    },
  };
}

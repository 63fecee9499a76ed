import { rmSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import { createSharedFile, openSharedFile, type SharedFile } from "../../linux/ffi/shared-file.ts";
import {
  type CaptureMemory,
  captureMemoryLength,
  formatCaptureMemory,
  openCaptureMemory,
} from "../../traffic/capture/memory.ts";
import {
  capacityWithin,
  type Feed,
  feedLength,
  formatFeed,
  hasCapacity,
  openFeed,
} from "../../traffic/feed/memory.ts";
import { TICK_MS } from "./tick-clock.ts";

/** The part of the machine's memory that recording takes at most: /run, where the files are, has a fifth. */
const MEMORY_SHARE = 1 / 8;
/** Of that, what the feed takes at most. */
const FEED_SHARE = 1 / 3;
/** Offsets in the memory of captures are 31 bits. */
const MAX_CAPTURES = 2 ** 31 - 1;

/** Bytes that captures may take on a machine with so much memory, whatever is set. */
export function mostCaptureBytes(memory = totalmem()): number {
  return Math.floor(Math.min(MAX_CAPTURES, memory * MEMORY_SHARE * (1 - FEED_SHARE)));
}

/** What a file's memory holds, and the file. */
export interface Recorded<T> {
  readonly file: SharedFile;
  readonly content: T;
}

/** The names of the files in the folder of the data plane's socket. */
export const FEED_FILE = "traffic";
export const CAPTURES_FILE = "captures";

/** Opens the feed in `folder`, what is in it included, or makes an empty one where there is none that fits. Throws SystemError. */
export function openFeedFile(folder: string, memory = totalmem()): Recorded<Feed> {
  const path = join(folder, FEED_FILE);
  const capacity = capacityWithin(memory * MEMORY_SHARE * FEED_SHARE);
  const length = feedLength(capacity);
  const there = openSharedFile(path, length);
  const found = there && openFeed(there.buffer);
  if (there !== undefined && found !== undefined && hasCapacity(found, capacity))
    return { file: there, content: found };
  there?.unmap();
  let content: Feed | undefined;
  const file = createSharedFile(path, length, (buffer) => {
    // Ordinals of ticks rise from file to file as time does.
    content = formatFeed(buffer, capacity, Math.floor(Date.now() / TICK_MS));
  });
  return { file, content: content! };
}

/**
 * Opens the captures in `folder`, what is in them included, where rings are as long and as many as is asked for; else makes
 * empty ones in place of them. Without room for a ring there are none, and no file. Throws SystemError.
 */
export function openCapturesFile(
  folder: string,
  ringBytes: number,
  totalBytes: number,
  memory = totalmem(),
): Recorded<CaptureMemory> | undefined {
  const path = join(folder, CAPTURES_FILE);
  const most = Math.min(totalBytes, mostCaptureBytes(memory));
  const ringLength = Math.floor(ringBytes / 8) * 8;
  const rings = ringLength === 0 ? 0 : Math.floor(most / captureMemoryLength(1, ringLength));
  if (rings === 0) {
    rmSync(path, { force: true });
    return undefined;
  }
  const length = captureMemoryLength(rings, ringLength);
  const there = openSharedFile(path, length);
  const found = there && openCaptureMemory(there.buffer);
  if (there !== undefined && found?.ringCount === rings && found.ringLength === ringLength)
    return { file: there, content: found };
  there?.unmap();
  // Before the new file takes its memory, the old one's is given back.
  rmSync(path, { force: true });
  let content: CaptureMemory | undefined;
  const file = createSharedFile(path, length, (buffer) => {
    content = formatCaptureMemory(buffer, ringLength);
  });
  return { file, content: content! };
}

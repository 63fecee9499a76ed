import { type Direction, INBOUND } from "../../wire/capture/frame.ts";
import { CaptureCursor } from "./cursor.ts";
import type { FrameSelection } from "./filter.ts";
import type { CaptureMemory } from "./memory.ts";
import type { CaptureRecorder } from "./recorder.ts";
import { FOUND, NONE } from "./ring-reader.ts";

export const ALICE = 0x02005e00000a;
export const BOB = 0x02005e00000b;
export const CAROL = 0x02005e00000c;

/** What a test wants to know of a frame. */
export interface Sighting {
  device: number;
  id: number;
  bytes: string;
}

/** The bytes of frame `id`: none like those of another. */
export function frameBytes(id: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (Math.imul(id + 1, 0x9e3779b1) >>> (8 * (i & 3))) + i;
  return bytes;
}

/** Records frame `id`, from the middle of a buffer as a tap has it; its time is `id` nanoseconds after 3 000 000 000 s. */
export function record(
  recorder: CaptureRecorder,
  device: number,
  id: number,
  length: number,
  direction: Direction = INBOUND,
): void {
  const buffer = new Uint8Array(length + 50).fill(0xee);
  buffer.set(frameBytes(id, length), 34);
  recorder.append(device, 3_000_000_000, id, direction, buffer, 34, length, length + 4);
}

/** What the cursor finds until there is nothing more, `limit` frames at most. */
export function read(cursor: CaptureCursor, limit = Number.POSITIVE_INFINITY): Sighting[] {
  const seen: Sighting[] = [];
  while (seen.length < limit) {
    const search = cursor.next();
    if (search === NONE) break;
    if (search === FOUND) seen.push(sighting(cursor));
  }
  return seen;
}

function sighting({ device, nanoseconds, bytes, capturedLength }: CaptureCursor): Sighting {
  return { device, id: nanoseconds, bytes: bytes.subarray(0, capturedLength).toHex() };
}

/** The frames that are in the memory. */
export function contents(memory: CaptureMemory, selection: FrameSelection = {}): Sighting[] {
  return read(new CaptureCursor(memory, selection));
}

/** What `record` with these arguments shall be seen as. */
export function expected(device: number, id: number, length: number): Sighting {
  return { device, id, bytes: frameBytes(id, length).toHex() };
}

import { expect, test } from "bun:test";
import { ALICE, expected, read } from "./capture.fixture.ts";
import { CaptureCursor } from "./cursor.ts";
import { deviceOfFrame, type FlatOut, lengthOf } from "./flat-out.fixture.ts";
import { captureMemoryLength, formatCaptureMemory } from "./memory.ts";

const RING_LENGTH = 8192;
const ENOUGH = 20_000;

test("cursors read whole frames in order while another thread overwrites them as fast as it can", () => {
  const shared: FlatOut = {
    captures: new SharedArrayBuffer(captureMemoryLength(2, RING_LENGTH)),
    stop: new SharedArrayBuffer(4),
  };
  const memory = formatCaptureMemory(shared.captures, RING_LENGTH);
  const worker = new Worker(new URL("./flat-out.fixture.ts", import.meta.url));
  worker.postMessage(shared);
  try {
    const cursors = [new CaptureCursor(memory), new CaptureCursor(memory, { device: ALICE })];
    const last = [-1, -1];
    let frames = 0;
    const deadline = performance.now() + 30_000;
    while (frames < ENOUGH || cursors.some(({ lost }) => lost === 0)) {
      if (performance.now() > deadline)
        throw new Error(`${frames} frames, ${cursors.map(({ lost }) => lost)} lost`);
      cursors.forEach((cursor, which) => {
        for (const frame of read(cursor, 50)) {
          frames++;
          const { id } = frame;
          if (frame.bytes !== expected(deviceOfFrame(id), id, lengthOf(id)).bytes)
            throw new Error(`frame ${id} is torn`);
          if (frame.device !== deviceOfFrame(id)) throw new Error(`frame ${id} is another device's`);
          // Over all devices frames come in order only as far as they are there together.
          if (which === 1 && id <= (last[which] ?? 0))
            throw new Error(`frame ${id} comes after ${last[which]}`);
          last[which] = id;
        }
      });
    }
    expect(frames).toBeGreaterThanOrEqual(ENOUGH);
  } finally {
    Atomics.store(new Int32Array(shared.stop), 0, 1);
    worker.terminate();
  }
}, 40_000);

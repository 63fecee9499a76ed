import { ALICE, BOB, CAROL, record } from "./capture.fixture.ts";
import { openCaptureMemory } from "./memory.ts";
import { CaptureRecorder } from "./recorder.ts";

/** What the worker is given: memory with captures, and a word that is not 0 once it shall end. */
export interface FlatOut {
  captures: SharedArrayBuffer;
  stop: SharedArrayBuffer;
}

/** The length of frame `id`. */
export function lengthOf(id: number): number {
  return Math.imul(id, 7919) & 255;
}

/** The device of frame `id`; more devices than rings, so that now and then a ring changes hands. */
export function deviceOfFrame(id: number): number {
  if (id % 10_000 > 9_990) return CAROL;
  return id % 3 === 0 ? BOB : ALICE;
}

/** Records frames as fast as it can: in a worker, while the test reads. */
globalThis.onmessage = ({ data }: MessageEvent<FlatOut>) => {
  const recorder = new CaptureRecorder(openCaptureMemory(data.captures)!);
  const stop = new Int32Array(data.stop);
  for (let id = 0; Atomics.load(stop, 0) === 0; id++) record(recorder, deviceOfFrame(id), id, lengthOf(id));
};

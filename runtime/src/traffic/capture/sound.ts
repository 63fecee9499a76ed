import {
  CAPTURED_LENGTH,
  type CaptureMemory,
  END_OF_LAP,
  RECORD_HEADER,
  recordLength,
  ringAt,
  SEQUENCE,
} from "./memory.ts";
import type { RingState } from "./ring-state.ts";

/** Whether the state is one a writer would have published: every record from the tail on leads to the next, up to the head. */
export function isSound(memory: CaptureMemory, ring: number, state: RingState): boolean {
  if (!isOffset(memory, state.tail) || !isOffset(memory, state.head)) return false;
  const { tailSequence, nextSequence, tenureStart, tenure, device, lastUse } = state;
  const numbers = [tailSequence, nextSequence, tenureStart, tenure, device, lastUse];
  if (!numbers.every(Number.isSafeInteger)) return false;
  if (tenureStart < 0 || tenureStart > tailSequence || tailSequence > nextSequence) return false;
  let at = state.tail;
  for (let sequence = tailSequence; sequence < nextSequence; sequence++) {
    at = recordOffset(memory, ring, at, sequence);
    if (at < 0) return false;
    at += recordLength(memory.view.getInt32(ringAt(memory, ring) + at + CAPTURED_LENGTH, true));
  }
  return tailSequence === nextSequence || at === state.head;
}

function isOffset(memory: CaptureMemory, offset: number): boolean {
  return offset >= 0 && offset <= memory.ringLength && offset % 8 === 0;
}

/**
 * The offset of the record with this sequence number, which is at `offset` or, where a lap ended there, at the ring's start;
 * -1 when it is not there.
 */
export function recordOffset(memory: CaptureMemory, ring: number, offset: number, sequence: number): number {
  const { view, ringLength } = memory;
  const start = ringAt(memory, ring);
  const isEnd = offset >= ringLength || view.getInt32(start + offset, true) === END_OF_LAP;
  const at = isEnd ? 0 : offset;
  if (at + RECORD_HEADER > ringLength) return -1;
  const captured = view.getInt32(start + at + CAPTURED_LENGTH, true);
  if (captured < 0 || captured > ringLength - at - RECORD_HEADER) return -1;
  return view.getFloat64(start + at + SEQUENCE, true) === sequence ? at : -1;
}

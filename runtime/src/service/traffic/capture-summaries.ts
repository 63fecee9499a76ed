import { macFromNumber } from "../../addr/mac.ts";
import {
  CAPTURED_LENGTH,
  type CaptureMemory,
  DIRECTION_SHIFT,
  NANOSECONDS,
  recordLength,
  ringAt,
  SECONDS,
} from "../../traffic/capture/memory.ts";
import { NO_DEVICE, RingState } from "../../traffic/capture/ring-state.ts";
import { recordOffset } from "../../traffic/capture/sound.ts";
import type { CaptureSummary } from "./source.ts";

/** What is in each device's ring, while its writer goes on. */
export function captureSummaries(memory: CaptureMemory): CaptureSummary[] {
  const state = new RingState(memory);
  const summaries: CaptureSummary[] = [];
  for (let ring = 0; ring < memory.ringCount; ring++) {
    state.load(ring);
    const frames = state.nextSequence - state.tailSequence;
    if (state.device === NO_DEVICE || frames === 0) continue;
    summaries.push(summaryOf(memory, ring, state, frames));
  }
  return summaries;
}

function summaryOf(memory: CaptureMemory, ring: number, state: RingState, frames: number): CaptureSummary {
  const { view, ringLength } = memory;
  const start = ringAt(memory, ring);
  let [offset, oldest, newest, used] = [state.tail, 0, 0, 0];
  for (let sequence = state.tailSequence; sequence < state.nextSequence; sequence++) {
    offset = recordOffset(memory, ring, offset, sequence);
    // Overwritten meanwhile.
    if (offset < 0) break;
    newest = timeAt(view, start + offset);
    if (oldest === 0) oldest = newest;
    const length = recordLength(view.getInt32(start + offset + CAPTURED_LENGTH, true));
    offset += length;
    used += length;
  }
  return { device: macFromNumber(state.device), oldest, newest, frames, capacity: ringLength, used };
}

/** Milliseconds since the Unix epoch. */
function timeAt(view: DataView, record: number): number {
  const nanoseconds = view.getUint32(record + NANOSECONDS, true) & ((1 << DIRECTION_SHIFT) - 1);
  return view.getUint32(record + SECONDS, true) * 1000 + Math.floor(nanoseconds / 1e6);
}

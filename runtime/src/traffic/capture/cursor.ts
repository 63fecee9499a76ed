import { type Direction, MAX_CAPTURED_LENGTH, type RecordedFrame } from "../../wire/capture/frame.ts";
import { FrameFilter, type FrameSelection, isEarlier } from "./filter.ts";
import { type CaptureMemory, longestCapture } from "./memory.ts";
import { FOUND, NONE, RingReader, type Search, UNDECIDED } from "./ring-reader.ts";

/** Frames looked at in one call of `next` at most, about a millisecond: a filter that nothing fits must not stall the caller. */
const LOOKS = 8192;

/**
 * Goes through the selected frames of all rings, the earliest first, oldest to newest. Once it has come to the end it can
 * be asked again and then gives what has been recorded since: a download that goes on live. The fields are those of the
 * frame `next` found; the bytes are a copy, valid until the next call. Makes no object per frame.
 */
export class CaptureCursor implements RecordedFrame {
  readonly bytes: Uint8Array;
  readonly offset = 0;
  capturedLength = 0;
  originalLength = 0;
  seconds = 0;
  nanoseconds = 0;
  direction: Direction = 0;
  /** The MAC address of the frame's device, as a number of 48 bits. */
  device = 0;

  readonly #readers: readonly RingReader[];

  /** Starts at the oldest frame there is now. */
  constructor(memory: CaptureMemory, selection: FrameSelection = {}) {
    const filter = new FrameFilter(selection);
    this.bytes = new Uint8Array(longestCapture(memory.ringLength, MAX_CAPTURED_LENGTH));
    this.#readers = Array.from(
      { length: memory.ringCount },
      (_, ring) => new RingReader(memory, ring, filter),
    );
  }

  /** Frames that were overwritten before the cursor came to them, whether the filter wanted them or not. */
  get lost(): number {
    return this.#readers.reduce((sum, reader) => sum + reader.lost, 0);
  }

  /** Goes to the next frame: FOUND, NONE (for now), or UNDECIDED: call again, perhaps after other work. */
  next(): Search {
    let looks = LOOKS;
    while (looks-- > 0) {
      let earliest: RingReader | undefined;
      for (const reader of this.#readers) {
        reader.looks = looks;
        const search = reader.find();
        looks = reader.looks;
        if (search === UNDECIDED) return UNDECIDED;
        if (search === FOUND && (earliest === undefined || isBefore(reader, earliest))) earliest = reader;
      }
      if (earliest === undefined) return NONE;
      if (this.#take(earliest)) return FOUND;
    }
    return UNDECIDED;
  }

  #take(reader: RingReader): boolean {
    this.capturedLength = reader.capturedLength;
    this.originalLength = reader.originalLength;
    this.seconds = reader.seconds;
    this.nanoseconds = reader.nanoseconds;
    this.direction = reader.direction;
    this.device = reader.device;
    return reader.take(this.bytes);
  }
}

function isBefore(a: RingReader, b: RingReader): boolean {
  return isEarlier(a.seconds, a.nanoseconds, b.seconds, b.nanoseconds);
}

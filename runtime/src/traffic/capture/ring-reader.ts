import type { Direction } from "../../wire/capture/frame.ts";
import { copyBytes } from "../../wire/capture/output.ts";
import type { FrameFilter } from "./filter.ts";
import {
  CAPTURED_LENGTH,
  type CaptureMemory,
  DIRECTION_SHIFT,
  NANOSECONDS,
  ORIGINAL_LENGTH,
  publicationWord,
  RECORD_HEADER,
  recordLength,
  ringAt,
  SECONDS,
} from "./memory.ts";
import { RingState } from "./ring-state.ts";
import { recordOffset } from "./sound.ts";

/** What a look for the next frame came to. */
export const FOUND = 1;
/** There is none now. */
export const NONE = 0;
/** The looks allowed are used up. */
export const UNDECIDED = -1;
export type Search = typeof FOUND | typeof NONE | typeof UNDECIDED;

/**
 * Reads one ring from its oldest frame on, while its writer, perhaps in another process, goes on. Nothing holds the writer
 * back: whatever was read from the memory counts only if, afterwards, the frame is still among those in the ring.
 */
export class RingReader {
  /** Of the frame that was found. */
  device = 0;
  capturedLength = 0;
  originalLength = 0;
  seconds = 0;
  nanoseconds = 0;
  direction: Direction = 0;
  /**
   * Frames that were overwritten before they were read, whatever the filter says of their insides. Where one device's frames
   * are read and the ring changed hands more than once between two reads, nobody knows whose frames there were: those in
   * between count if the ring was the device's before, else not.
   */
  lost = 0;
  /** Frames that may still be looked at before `find` says UNDECIDED. */
  looks = 0;

  readonly #memory: CaptureMemory;
  readonly #filter: FrameFilter;
  readonly #ring: number;
  readonly #start: number;
  readonly #state: RingState;
  /** The publication count of #state. */
  #count: number;
  /** Where the next record is or will be, and its sequence number. */
  #offset: number;
  #sequence: number;
  #tenure: number;
  #isFollowed: boolean;
  #isFound = false;

  constructor(memory: CaptureMemory, ring: number, filter: FrameFilter) {
    this.#memory = memory;
    this.#filter = filter;
    this.#ring = ring;
    this.#start = ringAt(memory, ring);
    this.#state = new RingState(memory);
    this.#count = this.#state.load(ring);
    this.#offset = this.#state.tail;
    this.#sequence = this.#state.tailSequence;
    this.#tenure = this.#state.tenure;
    this.#isFollowed = this.#isWantedDevice();
  }

  /** Finds the next wanted frame; the one found before stays found until it is taken or overwritten. */
  find(): Search {
    if (Atomics.load(this.#memory.words, publicationWord(this.#ring)) !== this.#count) this.#follow();
    while (!this.#isFound) {
      if (!this.#isFollowed || this.#sequence >= this.#state.nextSequence) return NONE;
      if (this.looks-- <= 0) return UNDECIDED;
      this.#look();
    }
    return FOUND;
  }

  /** Copies the frame that was found to the start of `to` and goes past it; false when it was overwritten meanwhile. */
  take(to: Uint8Array): boolean {
    copyBytes(this.#memory.bytes, this.#start + this.#offset + RECORD_HEADER, this.capturedLength, to, 0);
    if (!this.#isStillThere()) return false;
    this.#isFound = false;
    this.#pass();
    return true;
  }

  /** Reads the next record's head and either finds it wanted or goes past it. */
  #look(): void {
    const at = recordOffset(this.#memory, this.#ring, this.#offset, this.#sequence);
    if (at < 0) {
      // Overwritten while we looked, or else damaged by something that is not the writer.
      if (this.#isStillThere()) this.#skipTo(this.#state.head, this.#state.nextSequence);
      return;
    }
    const isWanted = this.#readHead(at);
    if (!this.#isStillThere()) return;
    this.#offset = at;
    if (isWanted) this.#isFound = true;
    else this.#pass();
  }

  #readHead(at: number): boolean {
    const { view, ringLength } = this.#memory;
    const record = this.#start + at;
    const timeAndDirection = view.getUint32(record + NANOSECONDS, true);
    this.device = this.#state.device;
    // Checked with the record before, but it may have been overwritten since.
    const room = ringLength - at - RECORD_HEADER;
    this.capturedLength = Math.max(0, Math.min(view.getInt32(record + CAPTURED_LENGTH, true), room));
    this.originalLength = view.getUint32(record + ORIGINAL_LENGTH, true);
    this.seconds = view.getUint32(record + SECONDS, true);
    this.nanoseconds = timeAndDirection & ((1 << DIRECTION_SHIFT) - 1);
    this.direction = (timeAndDirection >>> DIRECTION_SHIFT) as Direction;
    const frame = record + RECORD_HEADER;
    const { capturedLength, device, direction, seconds, nanoseconds } = this;
    return this.#filter.matches(view, frame, capturedLength, device, direction, seconds, nanoseconds);
  }

  #pass(): void {
    this.#offset += recordLength(this.capturedLength);
    this.#sequence++;
  }

  #isStillThere(): boolean {
    if (Atomics.load(this.#memory.words, publicationWord(this.#ring)) === this.#count) return true;
    const sequence = this.#sequence;
    this.#follow();
    return this.#sequence === sequence;
  }

  /** Takes the newest state; where the frame to come is no longer there, goes on to the oldest that is. */
  #follow(): void {
    const state = this.#state;
    this.#count = state.load(this.#ring);
    if (state.tenure !== this.#tenure) {
      this.#tenure = state.tenure;
      this.#skipTo(state.tail, state.tenureStart);
      this.#isFollowed = this.#isWantedDevice();
    }
    if (this.#sequence < state.tailSequence) this.#skipTo(state.tail, state.tailSequence);
    // Where a lap ended before the oldest frame, the next lap may have overwritten the mark that says so.
    if (this.#sequence === state.tailSequence && !this.#isFound) this.#offset = this.#startOf(state.tail);
  }

  /** An empty ring's next record is at its head; its tail may be anywhere. */
  #startOf(offset: number): number {
    return this.#sequence === this.#state.nextSequence ? this.#state.head : offset;
  }

  #skipTo(offset: number, sequence: number): void {
    // A ring that was emptied because it was damaged counts from 0 again.
    if (this.#isFollowed) this.lost += Math.max(0, sequence - this.#sequence);
    this.#sequence = sequence;
    this.#offset = this.#startOf(offset);
    this.#isFound = false;
  }

  #isWantedDevice(): boolean {
    return this.#filter.device === undefined || this.#filter.device === this.#state.device;
  }
}

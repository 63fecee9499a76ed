import { type CaptureMemory, publicationWord, stateAt } from "./memory.ts";

/** In place of a device's address where a ring is nobody's. Also what all-zero memory says. */
export const NO_DEVICE = 0;

const DEVICE = 0;
const TENURE = 8;
const TENURE_START = 16;
const TAIL = 24;
const TAIL_SEQUENCE = 32;
const HEAD = 40;
const NEXT_SEQUENCE = 48;
const LAST_USE = 56;

/**
 * What is in one ring. The state is published whole: the copy not in force is written, then the publication count, one
 * atomic word, puts it in force. So whoever maps the memory sees one state or the next, wherever the writer stopped.
 */
export class RingState {
  /** The MAC address as a number of 48 bits, or NO_DEVICE. */
  device = NO_DEVICE;
  /** How many devices have had the ring. */
  tenure = 0;
  /** Sequence number of the device's first frame; they go on from device to device. */
  tenureStart = 0;
  /** Offset in the ring, and sequence number, of the oldest frame. */
  tail = 0;
  tailSequence = 0;
  /** Where the last record ends, and the sequence number of the frame to come: the ring is empty where both sequences are one. */
  head = 0;
  nextSequence = 0;
  /** Appends to all rings when this one was last used. */
  lastUse = 0;

  readonly #view: DataView;
  readonly #words: Int32Array;

  constructor(memory: CaptureMemory) {
    this.#view = memory.view;
    this.#words = memory.words;
  }

  /** Reads the ring's state; the publication count it was published with. */
  load(ring: number): number {
    const word = publicationWord(ring);
    for (;;) {
      const count = Atomics.load(this.#words, word);
      this.#read(stateAt(ring, count));
      // Read while the writer published again, it may be a mixture.
      if (Atomics.load(this.#words, word) === count) return count;
    }
  }

  /** Writes the ring's state; only its one writer may. */
  publish(ring: number): void {
    const word = publicationWord(ring);
    const count = (Atomics.load(this.#words, word) + 1) | 0;
    this.#write(stateAt(ring, count));
    Atomics.store(this.#words, word, count);
  }

  #read(at: number): void {
    const view = this.#view;
    this.device = view.getFloat64(at + DEVICE, true);
    this.tenure = view.getFloat64(at + TENURE, true);
    this.tenureStart = view.getFloat64(at + TENURE_START, true);
    this.tail = view.getInt32(at + TAIL, true);
    this.tailSequence = view.getFloat64(at + TAIL_SEQUENCE, true);
    this.head = view.getInt32(at + HEAD, true);
    this.nextSequence = view.getFloat64(at + NEXT_SEQUENCE, true);
    this.lastUse = view.getFloat64(at + LAST_USE, true);
  }

  #write(at: number): void {
    const view = this.#view;
    view.setFloat64(at + DEVICE, this.device, true);
    view.setFloat64(at + TENURE, this.tenure, true);
    view.setFloat64(at + TENURE_START, this.tenureStart, true);
    view.setInt32(at + TAIL, this.tail, true);
    view.setFloat64(at + TAIL_SEQUENCE, this.tailSequence, true);
    view.setInt32(at + HEAD, this.head, true);
    view.setFloat64(at + NEXT_SEQUENCE, this.nextSequence, true);
    view.setFloat64(at + LAST_USE, this.lastUse, true);
  }
}

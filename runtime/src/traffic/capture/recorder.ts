import { type Direction, MAX_CAPTURED_LENGTH } from "../../wire/capture/frame.ts";
import { copyBytes } from "../../wire/capture/output.ts";
import { DeviceIndex } from "./device-index.ts";
import {
  CAPTURED_LENGTH,
  type CaptureMemory,
  DIRECTION_SHIFT,
  END_OF_LAP,
  longestCapture,
  NANOSECONDS,
  ORIGINAL_LENGTH,
  RECORD_HEADER,
  recordLength,
  ringAt,
  SECONDS,
  SEQUENCE,
} from "./memory.ts";
import { NO_DEVICE, RingState } from "./ring-state.ts";
import { isSound } from "./sound.ts";

/**
 * Records frames, one ring per device: the oldest frames of a device make room for its new ones, and the device whose
 * last frame is longest ago gives its ring to a new one. The memory's only writer. It never waits for readers.
 *
 * A ring's oldest frames are given up, for all to see, before their bytes are overwritten, and a frame is told of when all
 * of it is there: at every moment, all that the published state names is whole.
 */
export class CaptureRecorder {
  readonly #memory: CaptureMemory;
  readonly #state: RingState;
  readonly #index: DeviceIndex;
  readonly #lastUse: Float64Array;
  readonly #longest: number;
  /** Which rings are known to be sound. */
  readonly #isChecked: Uint8Array;
  /** The ring that #state is of, or -1. */
  #loaded = -1;
  #uses = 0;

  /**
   * Goes on with what is in the memory. A ring that something else has damaged is emptied; that is found when it is first used,
   * as all of them together take long to look through.
   */
  constructor(memory: CaptureMemory) {
    this.#memory = memory;
    this.#state = new RingState(memory);
    this.#index = new DeviceIndex(memory.ringCount);
    this.#lastUse = new Float64Array(memory.ringCount);
    this.#isChecked = new Uint8Array(memory.ringCount);
    this.#longest = longestCapture(memory.ringLength, MAX_CAPTURED_LENGTH);
    for (let ring = 0; ring < memory.ringCount; ring++) this.#takeOver(ring);
  }

  /**
   * Records `length` bytes of a frame from `offset` of `bytes` for the device with the MAC address `device` (48 bits, as
   * `deviceAt` gives it). `originalLength` is what the frame had; the time is the kernel's, since the Unix epoch. What is
   * longer than MAX_CAPTURED_LENGTH or half a ring is cut. Nothing has the address 00:00:00:00:00:00. Makes no object.
   */
  append(
    device: number,
    seconds: number,
    nanoseconds: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
    originalLength: number,
  ): void {
    if (device === NO_DEVICE) return;
    const ring = this.#ringOf(device);
    const state = this.#state;
    const captured = Math.min(length, this.#longest);
    const at = ringAt(this.#memory, ring) + this.#makeRoom(ring, recordLength(captured));
    const { view } = this.#memory;
    view.setUint32(at + CAPTURED_LENGTH, captured, true);
    view.setUint32(at + ORIGINAL_LENGTH, Math.max(originalLength, captured), true);
    view.setUint32(at + SECONDS, seconds, true);
    view.setUint32(at + NANOSECONDS, nanoseconds | (direction << DIRECTION_SHIFT), true);
    view.setFloat64(at + SEQUENCE, state.nextSequence, true);
    copyBytes(bytes, offset, captured, this.#memory.bytes, at + RECORD_HEADER);
    state.nextSequence++;
    state.lastUse = ++this.#uses;
    this.#lastUse[ring] = state.lastUse;
    state.publish(ring);
  }

  /** Gives up all frames of a device and overwrites them with zeros. */
  forget(device: number): void {
    const ring = this.#index.find(device);
    if (ring >= 0) this.#erase(ring);
  }

  /** Gives up the frames of all devices and overwrites them with zeros. */
  forgetAll(): void {
    for (let ring = 0; ring < this.#memory.ringCount; ring++) this.#erase(ring);
  }

  #erase(ring: number): void {
    this.#load(ring);
    // Nobody has ever had it: its memory need not be touched.
    if (this.#state.tenure === 0) return;
    this.#hand(ring, NO_DEVICE);
    const start = ringAt(this.#memory, ring);
    this.#memory.bytes.fill(0, start, start + this.#memory.ringLength);
  }

  #takeOver(ring: number): void {
    const state = this.#state;
    state.load(ring);
    if (!Number.isSafeInteger(state.device) || !Number.isSafeInteger(state.lastUse)) this.#load(ring);
    if (state.device !== NO_DEVICE) this.#index.set(ring, state.device);
    this.#lastUse[ring] = state.lastUse;
    this.#uses = Math.max(this.#uses, state.lastUse);
    this.#loaded = -1;
  }

  #load(ring: number): void {
    if (this.#loaded === ring) return;
    this.#state.load(ring);
    this.#loaded = ring;
    if (this.#isChecked[ring] === 1) return;
    this.#isChecked[ring] = 1;
    if (!isSound(this.#memory, ring, this.#state)) this.#empty(ring);
  }

  /** Makes a ring that is not sound nobody's, and whole. */
  #empty(ring: number): void {
    const state = this.#state;
    state.head = 0;
    state.nextSequence = 0;
    state.tenure = 0;
    this.#hand(ring, NO_DEVICE);
  }

  /** The device's ring, its state loaded; where it has none, it gets the one that is longest unused. */
  #ringOf(device: number): number {
    if (this.#loaded >= 0 && this.#state.device === device) return this.#loaded;
    const found = this.#index.find(device);
    const ring = found < 0 ? this.#longestUnused() : found;
    this.#load(ring);
    if (this.#state.device !== device) this.#hand(ring, device);
    return ring;
  }

  #longestUnused(): number {
    let ring = 0;
    for (let i = 1; i < this.#lastUse.length; i++) {
      if ((this.#lastUse[i] ?? 0) < (this.#lastUse[ring] ?? 0)) ring = i;
    }
    return ring;
  }

  /** Gives the loaded ring, emptied, to a device or to nobody. */
  #hand(ring: number, device: number): void {
    const state = this.#state;
    state.device = device;
    state.tenure++;
    state.tenureStart = state.nextSequence;
    state.tail = state.head;
    state.tailSequence = state.nextSequence;
    state.lastUse = 0;
    state.publish(ring);
    this.#lastUse[ring] = 0;
    this.#index.set(ring, device);
  }

  /** Gives up the oldest frames that are in the way of a record of `length` bytes; the offset for it, head already behind. */
  #makeRoom(ring: number, length: number): number {
    const state = this.#state;
    const head = state.head;
    const wraps = head + length > this.#memory.ringLength;
    const start = wraps ? 0 : head;
    const oldest = state.tailSequence;
    while (state.tailSequence !== state.nextSequence) {
      // Frames at and above the head are from the lap before: all of them go where the lap ends here.
      const isBefore = state.tail >= head;
      if (wraps ? !isBefore && state.tail >= length : !isBefore || state.tail >= head + length) break;
      this.#giveUpOldest(ring);
    }
    if (state.tailSequence !== oldest) state.publish(ring);
    if (state.tailSequence === state.nextSequence) state.tail = start;
    if (wraps && head < this.#memory.ringLength) {
      this.#memory.view.setInt32(ringAt(this.#memory, ring) + head, END_OF_LAP, true);
    }
    state.head = start + length;
    return start;
  }

  #giveUpOldest(ring: number): void {
    const state = this.#state;
    const { view, ringLength } = this.#memory;
    const start = ringAt(this.#memory, ring);
    const next = state.tail + recordLength(view.getInt32(start + state.tail, true));
    state.tailSequence++;
    const isLast = state.tailSequence === state.nextSequence;
    const isEnd = next === ringLength || (!isLast && view.getInt32(start + next, true) === END_OF_LAP);
    state.tail = isEnd ? 0 : next;
  }
}

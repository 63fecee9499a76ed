/**
 * Bytes of frames a second above which long ones are cut to their heads. Copying them, twice, would take the cores that
 * forward them, and a device's ring of 5 MB would be full in a moment; with heads it holds all the longer.
 */
const CUT_ABOVE = 64e6;
/** Below this they are taken whole again. */
const WHOLE_BELOW = CUT_ABOVE / 2;
/** Milliseconds over which the rate is looked at. A burst of the whole of its bytes fits the ring many times. */
const WINDOW = 50;

/** Longer than what an Ethernet takes with tags: several packets in one, made of data that flows in bulk. */
export const LONG_FRAME = 2048;
/** Headers, and enough of what they carry to see what it is. */
export const HEAD = 256;

/** Decides whether long frames are cut. */
export class LongFrames {
  /** Whether they are, from now on. */
  isCut = false;
  #bytes = 0;
  #since = 0;

  /** Notes a frame by its length on the wire, cut or not. */
  see(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Whether `isCut` has changed. Call it after each reading. */
  decide(now: number): boolean {
    const elapsed = now - this.#since;
    const isTooMuch = this.#bytes > (CUT_ABOVE * WINDOW) / 1000;
    if (isTooMuch && !this.isCut) return this.#change(now, true);
    if (elapsed < WINDOW) return false;
    const isLittle = this.#bytes < (WHOLE_BELOW * elapsed) / 1000;
    if (isLittle && this.isCut) return this.#change(now, false);
    this.#restart(now);
    return false;
  }

  #change(now: number, isCut: boolean): boolean {
    this.isCut = isCut;
    this.#restart(now);
    return true;
  }

  #restart(now: number): void {
    this.#bytes = 0;
    this.#since = now;
  }
}

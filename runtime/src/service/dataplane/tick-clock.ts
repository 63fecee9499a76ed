/** Milliseconds of a tick. */
export const TICK_MS = 100;

/** A frame reaches its reader this much later than it was seen, at most, on a machine that is not overwhelmed. */
const GRACE_MS = 40;
/** Ticks without anything that are told of one by one; more is a clock that was set, or a machine that slept. */
const MAX_QUIET = 100;
/** So far the wall clock may go back before ticks follow it. */
const MAX_AHEAD = 5;

/**
 * Says when ticks of the wall clock end: with the first frame of a later one, or when no frame can come any more. Frames
 * that come later still, or whose time is none that the wall clock has shown, belong to the tick that is under way. A clock
 * that is set makes ticks jump, forth or back; none ends twice without one in between.
 */
export class TickClock {
  readonly #onEnd: (tick: number) => void;
  #tick: number;

  /** `now` is in milliseconds since the Unix epoch, as all times here. */
  constructor(now: number, onEnd: (tick: number) => void) {
    this.#tick = Math.floor(now / TICK_MS);
    this.#onEnd = onEnd;
  }

  /** Whether a frame of this time belongs to a later tick, so that `pass` is to be called. Costs next to nothing. */
  isLater(seconds: number, nanoseconds: number): boolean {
    return seconds * 10 + Math.floor(nanoseconds / 100_000_000) > this.#tick;
  }

  /** Ends the ticks before that of a frame, unless its time is still to come. */
  pass(seconds: number, nanoseconds: number, now: number): void {
    const tick = seconds * 10 + Math.floor(nanoseconds / 100_000_000);
    if (tick <= Math.floor(now / TICK_MS)) this.#goTo(tick);
  }

  /** Ends the ticks of which no frame is to come. Call it often. */
  follow(now: number): void {
    const tick = Math.floor((now - GRACE_MS) / TICK_MS);
    if (tick > this.#tick || tick < this.#tick - MAX_AHEAD) this.#goTo(tick);
  }

  #goTo(tick: number): void {
    if (tick - this.#tick > MAX_QUIET || tick < this.#tick) this.#end(tick);
    while (this.#tick < tick) this.#end(this.#tick + 1);
  }

  #end(next: number): void {
    const ended = this.#tick;
    this.#tick = next;
    this.#onEnd(ended);
  }
}

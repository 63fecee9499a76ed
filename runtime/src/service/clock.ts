/** What is less is the clock being slewed, or the two clocks' drift, ms. */
const LEAST_STEP = 2_000;

/**
 * Notices when the wall clock is set. A machine whose clock has no battery starts in the past, and learns the time once it is
 * online; times noted before that are then wrong by the step.
 */
export class ClockWatch {
  #offset: number;

  /** `elapsed` is a clock that nobody sets; both give ms. */
  constructor(
    private readonly wall: () => number = Date.now,
    private readonly elapsed: () => number = () => performance.now(),
  ) {
    this.#offset = wall() - elapsed();
  }

  /** By how many ms the wall clock was set since the last call; 0 when it only went on. */
  step(): number {
    const offset = this.wall() - this.elapsed();
    const step = offset - this.#offset;
    this.#offset = offset;
    return Math.abs(step) < LEAST_STEP ? 0 : step;
  }
}

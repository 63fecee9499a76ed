import { ClockWatch } from "../clock.ts";

/** When the program began by the wall clock, which may be set while it runs. */
export class StartTime {
  readonly #clock = new ClockWatch();
  #began = Date.now();

  /**
   * When the clock was set since the last call, tells by how many ms. `began` and `now`, ms since 1970, are what it would have shown at the
   * start and now, had it not been: times noted in between are wrong by the step.
   */
  check(onSet: (step: number, began: number, now: number) => void): void {
    const step = this.#clock.step();
    if (step === 0) return;
    onSet(step, this.#began, Date.now() - step);
    this.#began += step;
  }
}

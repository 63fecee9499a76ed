const SECOND = 1000;

/** Admits so many a second, and no more. */
export class RateLimit {
  #begun = 0;
  #admitted = 0;

  /** `now` gives ms of a clock that nobody sets. */
  constructor(
    private readonly perSecond: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  admits(): boolean {
    const now = this.now();
    if (now - this.#begun >= SECOND) {
      this.#begun = now;
      this.#admitted = 0;
    }
    return ++this.#admitted <= this.perSecond;
  }
}

/** Runs an action once at a time: whatever asks for it meanwhile asks for one more run. */
export class Loop {
  #running: Promise<void> | undefined;
  #isStale = false;

  /** `run` handles its own errors. */
  constructor(private readonly run: () => Promise<void>) {}

  soon(): void {
    this.#isStale = true;
    this.#running ??= this.#runWhileStale().finally(() => {
      this.#running = undefined;
    });
  }

  async #runWhileStale(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      await this.run();
    }
  }
}

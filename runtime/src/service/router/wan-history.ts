import type { Log } from "../log.ts";
import type { WanFacts } from "./network.ts";

/** Since when the Internet has been as it is, also when the clock is set meanwhile. */
export class WanHistory {
  #state = "";
  #since = 0;

  constructor(private readonly log: Log) {}

  /** In milliseconds since 1970; null before anything was noted. */
  get since(): number | null {
    return this.#since || null;
  }

  note({ state, address, interface: port }: WanFacts): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#since = Date.now();
    this.log.info(`the Internet is ${state}${address === null ? "" : `, ${address} on ${port}`}`);
  }

  clockSet(step: number): void {
    if (this.#since !== 0) this.#since += step;
  }
}

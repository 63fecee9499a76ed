import type { Direction } from "./session-state.ts";

/** When each slot of a table was made and last used, in the engine's milliseconds, and the bytes it carried. */
export class Activity {
  readonly #created: Float64Array;
  readonly #lastActive: Float64Array;
  readonly #up: Float64Array;
  readonly #down: Float64Array;

  constructor(slots: number) {
    this.#created = new Float64Array(slots);
    this.#lastActive = new Float64Array(slots);
    this.#up = new Float64Array(slots);
    this.#down = new Float64Array(slots);
  }

  begin(slot: number, now: number): void {
    this.#created[slot] = now;
    this.#lastActive[slot] = now;
    this.#up[slot] = 0;
    this.#down[slot] = 0;
  }

  refresh(slot: number, now: number): void {
    this.#lastActive[slot] = now;
  }

  count(slot: number, direction: Direction, bytes: number, now: number): void {
    this.#lastActive[slot] = now;
    if (direction === "outbound") this.#up[slot] = (this.#up[slot] ?? 0) + bytes;
    else this.#down[slot] = (this.#down[slot] ?? 0) + bytes;
  }

  lastActiveAt(slot: number): number {
    return this.#lastActive[slot] ?? 0;
  }

  /** All of it, for a listing. */
  report(slot: number): { created: number; lastActive: number; upBytes: number; downBytes: number } {
    return {
      created: this.#created[slot] ?? 0,
      lastActive: this.lastActiveAt(slot),
      upBytes: this.#up[slot] ?? 0,
      downBytes: this.#down[slot] ?? 0,
    };
  }
}

import type { IPv4 } from "../addr/ipv4.ts";

/** Slots in the order in which they came, with the time and the host; a list linked through arrays, so that any can leave at once. */
export class RestingSlots {
  // Slot plus one; the element 0 is the list's own end.
  readonly #next: Uint32Array;
  readonly #previous: Uint32Array;
  readonly #since: Float64Array;
  readonly #host: Uint32Array;

  constructor(slots: number) {
    this.#next = new Uint32Array(slots + 1);
    this.#previous = new Uint32Array(slots + 1);
    // 0 is when nothing rests: the engine's times are above it.
    this.#since = new Float64Array(slots);
    this.#host = new Uint32Array(slots);
  }

  /** The slot that has been in the list for longest, or -1. */
  get oldest(): number {
    return (this.#next[0] ?? 0) - 1;
  }

  has(slot: number): boolean {
    return this.#since[slot] !== 0;
  }

  sinceOf(slot: number): number {
    return this.#since[slot] ?? 0;
  }

  hostOf(slot: number): IPv4 {
    return this.#host[slot] ?? 0;
  }

  /** Adds a slot that is not in the list; `now` is above 0. */
  append(slot: number, host: IPv4, now: number): void {
    this.#since[slot] = now;
    this.#host[slot] = host;
    const last = this.#previous[0] ?? 0;
    this.#link(last, slot + 1);
    this.#link(slot + 1, 0);
  }

  /** Takes a slot out, if it is in. */
  remove(slot: number): void {
    if (!this.has(slot)) return;
    this.#since[slot] = 0;
    this.#link(this.#previous[slot + 1] ?? 0, this.#next[slot + 1] ?? 0);
  }

  clear(): void {
    this.#since.fill(0);
    this.#link(0, 0);
  }

  #link(before: number, after: number): void {
    this.#next[before] = after;
    this.#previous[after] = before;
  }
}

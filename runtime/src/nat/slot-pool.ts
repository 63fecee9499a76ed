/** Hands out the slots of a table of fixed size. */
export class SlotPool {
  readonly capacity: number;
  /** Slots not in use, the next one last. */
  readonly #free: Uint32Array;
  readonly #isTaken: Uint8Array;
  #size = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#free = new Uint32Array(capacity);
    this.#isTaken = new Uint8Array(capacity);
    this.clear();
  }

  /** Slots in use. */
  get size(): number {
    return this.#size;
  }

  isTaken(slot: number): boolean {
    return this.#isTaken[slot] === 1;
  }

  /** A slot that was not in use, or -1. */
  take(): number {
    if (this.#size === this.capacity) return -1;
    const slot = this.#free[this.capacity - ++this.#size] ?? 0;
    this.#isTaken[slot] = 1;
    return slot;
  }

  /** Gives a slot in use back. */
  give(slot: number): void {
    this.#isTaken[slot] = 0;
    this.#free[this.capacity - this.#size--] = slot;
  }

  clear(): void {
    for (let slot = 0; slot < this.capacity; slot++) this.#free[this.capacity - 1 - slot] = slot;
    this.#isTaken.fill(0);
    this.#size = 0;
  }
}

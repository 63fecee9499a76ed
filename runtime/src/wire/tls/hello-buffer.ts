import { MAX_HELLO } from "./client-hello.ts";

/** The first MAX_HELLO octets of a stream, put together from pieces in any order. Takes twice that in memory, once. */
export class HelloBuffer {
  readonly #octets = new Uint8Array(MAX_HELLO);
  readonly #isThere = new Uint8Array(MAX_HELLO);
  #contiguous = 0;
  #end = 0;

  /** Forgets every piece. */
  clear(): void {
    this.#isThere.fill(0, 0, this.#end);
    this.#contiguous = 0;
    this.#end = 0;
  }

  /** Takes the octets from `offset` of the stream on; those past the bound are left out. */
  write(offset: number, piece: Uint8Array): void {
    if (offset >= MAX_HELLO) return;
    const end = Math.min(offset + piece.length, MAX_HELLO);
    this.#octets.set(piece.subarray(0, end - offset), offset);
    this.#isThere.fill(1, offset, end);
    if (end > this.#end) this.#end = end;
    while (this.#contiguous < this.#end && this.#isThere[this.#contiguous] === 1) this.#contiguous++;
  }

  /** What is there without a gap from the stream's start; good until the next call. */
  get start(): Uint8Array {
    return this.#octets.subarray(0, this.#contiguous);
  }

  /** Whether all MAX_HELLO octets are there. */
  get isFull(): boolean {
    return this.#contiguous === MAX_HELLO;
  }
}

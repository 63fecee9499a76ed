/**
 * A given buffer that a capture is written into, block after block. A writer that says false has written nothing: the
 * caller sends what is here, clears it and calls again. A buffer of MAX_CAPTURED_LENGTH + 128 KiB takes any block.
 */
export class CaptureOutput {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  #length = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes written, from the start of the buffer. */
  get length(): number {
    return this.#length;
  }

  /** What is written, in place: valid until `clear`. */
  get written(): Uint8Array {
    return this.bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  /** Where `length` more bytes start, or -1 when they do not fit. */
  take(length: number): number {
    const start = this.#length;
    if (start + length > this.bytes.byteLength) return -1;
    this.#length = start + length;
    return start;
  }
}

/** Copies `length` bytes; unlike `set` with a `subarray` it makes no object. */
export function copyBytes(
  from: Uint8Array,
  offset: number,
  length: number,
  to: Uint8Array,
  at: number,
): void {
  Buffer.prototype.copy.call(from as Buffer, to, at, offset, offset + length);
}

/** Bytes of a chunk, its header included: about a minute of a busy second's bins, and little lost on a pair that says little. */
export const CHUNK_BYTES = 512;
/** Bytes of the header: see `ChunkPool`. */
export const HEADER_BYTES = 56;
export const PAYLOAD_BYTES = CHUNK_BYTES - HEADER_BYTES;
/** No chunk; the pool's first is never given out. */
export const NONE = 0;

const WORDS = CHUNK_BYTES / 4;
const HALVES = CHUNK_BYTES / 2;
const DOUBLES = CHUNK_BYTES / 8;

/** Words of 32 bits in a header. */
const NEXT = 0;
const PREVIOUS = 1;
const FIRST = 2;
const LAST = 3;
/** Words of 16 bits in a header. */
const USED = 8;
const UP_SIZE = 9;
const DOWN_SIZE = 10;
/** Doubles in a header: up bytes, down bytes, up packets, down packets. */
const SUMS = 3;

/**
 * Chunks of one buffer, known by their number. Header, in the machine's byte order: u32 next, previous (chunks of the list), first
 * and last tick of its bins; u16 used (bytes of payload), mean frame size up and down of the latest bin (what the next is predicted
 * from), unused; f64 sums of all its bins. The payload is `encoding.ts`'s.
 */
export class ChunkPool {
  readonly capacity: number;
  readonly bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #halves: Uint16Array;
  readonly #doubles: Float64Array;
  /** Chunks never given out start here. */
  #fresh = 1;
  /** The latest of those given back, linked by NEXT. */
  #returned = NONE;
  #free: number;

  constructor(capacity: number) {
    const buffer = new ArrayBuffer((capacity + 1) * CHUNK_BYTES);
    this.capacity = capacity;
    this.bytes = new Uint8Array(buffer);
    this.#words = new Uint32Array(buffer);
    this.#halves = new Uint16Array(buffer);
    this.#doubles = new Float64Array(buffer);
    this.#free = capacity;
  }

  get free(): number {
    return this.#free;
  }

  /** An empty chunk whose first bin will be at `tick`; NONE when there is no more. */
  take(tick: number): number {
    if (this.#free === 0) return NONE;
    this.#free--;
    const chunk = this.#returned === NONE ? this.#fresh++ : this.#returned;
    const word = chunk * WORDS;
    if (chunk === this.#returned) this.#returned = this.#words[word + NEXT]!;
    this.#words.fill(0, word, word + HEADER_BYTES / 4);
    this.#words[word + FIRST] = tick;
    return chunk;
  }

  /** A copy of another pool's chunk, in no list; NONE when there is no more. */
  copy(from: ChunkPool, chunk: number): number {
    const copy = this.take(0);
    if (copy === NONE) return NONE;
    const at = chunk * CHUNK_BYTES;
    this.bytes.set(from.bytes.subarray(at, at + CHUNK_BYTES), copy * CHUNK_BYTES);
    this.#words[copy * WORDS + NEXT] = NONE;
    this.#words[copy * WORDS + PREVIOUS] = NONE;
    return copy;
  }

  give(chunk: number): void {
    this.#words[chunk * WORDS + NEXT] = this.#returned;
    this.#returned = chunk;
    this.#free++;
  }

  /** Overwrites what free chunks still have of those they belonged to. */
  erase(): void {
    for (let chunk = this.#returned; chunk !== NONE; chunk = this.next(chunk)) {
      const word = chunk * WORDS;
      this.#words.fill(0, word + NEXT + 1, word + WORDS);
    }
  }

  next(chunk: number): number {
    return this.#words[chunk * WORDS + NEXT]!;
  }

  previous(chunk: number): number {
    return this.#words[chunk * WORDS + PREVIOUS]!;
  }

  first(chunk: number): number {
    return this.#words[chunk * WORDS + FIRST]!;
  }

  last(chunk: number): number {
    return this.#words[chunk * WORDS + LAST]!;
  }

  used(chunk: number): number {
    return this.#halves[chunk * HALVES + USED]!;
  }

  upSize(chunk: number): number {
    return this.#halves[chunk * HALVES + UP_SIZE]!;
  }

  downSize(chunk: number): number {
    return this.#halves[chunk * HALVES + DOWN_SIZE]!;
  }

  /** One of the sums: 0 up bytes, 1 down bytes, 2 up packets, 3 down packets. */
  sum(chunk: number, which: number): number {
    return this.#doubles[chunk * DOUBLES + SUMS + which]!;
  }

  /** Puts `chunk` behind `tail` in its list. */
  link(tail: number, chunk: number): void {
    this.#words[tail * WORDS + NEXT] = chunk;
    this.#words[chunk * WORDS + PREVIOUS] = tail;
  }

  /** Makes `chunk` the first of its list. */
  unlinkPrevious(chunk: number): void {
    this.#words[chunk * WORDS + PREVIOUS] = NONE;
  }

  /** After a bin was written: how far the payload goes, and what the next bin is predicted from. */
  setEnd(chunk: number, last: number, used: number, upSize: number, downSize: number): void {
    this.#words[chunk * WORDS + LAST] = last;
    const half = chunk * HALVES;
    this.#halves[half + USED] = used;
    this.#halves[half + UP_SIZE] = upSize;
    this.#halves[half + DOWN_SIZE] = downSize;
  }

  addSums(chunk: number, upBytes: number, downBytes: number, upPackets: number, downPackets: number): void {
    const at = chunk * DOUBLES + SUMS;
    this.#doubles[at] = this.#doubles[at]! + upBytes;
    this.#doubles[at + 1] = this.#doubles[at + 1]! + downBytes;
    this.#doubles[at + 2] = this.#doubles[at + 2]! + upPackets;
    this.#doubles[at + 3] = this.#doubles[at + 3]! + downPackets;
  }
}

import type { Feed, RecordRingPlace } from "./memory.ts";

/** Records claimed at once, so that most of them cost one atomic word, not two. */
const CLAIM = 256;

/** Writes records of a fixed length; the ring's only writer. */
export class RecordRingWriter {
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #place: RecordRingPlace;
  readonly #claim: number;
  #next: number;
  #claimed: number;

  /** Goes on where the writer before ended; what that one had begun is not told of. */
  constructor(feed: Feed, place: RecordRingPlace) {
    this.#words = feed.words;
    this.#bytes = feed.bytes;
    this.#place = place;
    this.#claim = Math.min(CLAIM, place.capacity / 4);
    this.#next = Atomics.load(this.#words, place.claimedWord + 1);
    this.#claimed = Atomics.load(this.#words, place.claimedWord);
    const ahead = (this.#claimed - this.#next) | 0;
    if (ahead < 0 || ahead > place.capacity) this.clear();
  }

  /** The offset of the next record: write it there, then publish. */
  begin(): number {
    const { claimedWord, start, recordLength, capacity } = this.#place;
    if (this.#next === this.#claimed) {
      this.#claimed = (this.#claimed + this.#claim) | 0;
      Atomics.store(this.#words, claimedWord, this.#claimed);
    }
    return start + (this.#next & (capacity - 1)) * recordLength;
  }

  publish(): void {
    this.#next = (this.#next + 1) | 0;
    Atomics.store(this.#words, this.#place.claimedWord + 1, this.#next);
  }

  /** Gives up all records and overwrites them with zeros. */
  clear(): void {
    const { claimedWord, start, recordLength, capacity } = this.#place;
    this.#claimed = (this.#next + capacity) | 0;
    Atomics.store(this.#words, claimedWord, this.#claimed);
    this.#bytes.fill(0, start, start + capacity * recordLength);
  }
}

/** Reads records of a fixed length, never in the writer's way. */
export class RecordRingReader {
  /** Records that were overwritten before they were read. */
  lost = 0;
  /** Copies of records, and a view of them. */
  readonly view: DataView;
  readonly #copies: Uint8Array;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #place: RecordRingPlace;
  readonly #batch: number;
  #position: number;

  constructor(feed: Feed, place: RecordRingPlace, from: "oldest" | "end") {
    this.#words = feed.words;
    this.#bytes = feed.bytes;
    this.#place = place;
    this.#batch = Math.min(1024, place.capacity);
    this.#copies = new Uint8Array(this.#batch * place.recordLength);
    this.view = new DataView(this.#copies.buffer);
    this.#position = Atomics.load(this.#words, place.claimedWord + 1);
    if (from === "oldest") this.#position = this.#oldest();
  }

  /** Hands over the offset in `view` of each record that there is now. */
  read(onRecord: (at: number) => void): void {
    const published = Atomics.load(this.#words, this.#place.claimedWord + 1);
    this.#pass(this.#oldest());
    for (let left = (published - this.#position) | 0; left > 0; left = (published - this.#position) | 0) {
      const count = Math.min(left, this.#batch, this.#untilEnd());
      const first = this.#position;
      this.#copy(count);
      this.#position = (first + count) | 0;
      // What was overwritten while it was copied.
      const gone = Math.min(count, Math.max(0, (this.#oldest() - first) | 0));
      this.lost += gone;
      for (let i = gone; i < count; i++) onRecord(i * this.#place.recordLength);
      this.#pass(this.#oldest());
    }
  }

  /** Passes over the records that there are. */
  skip(): void {
    this.#position = Atomics.load(this.#words, this.#place.claimedWord + 1);
  }

  /** The first record that is there and not being overwritten. */
  #oldest(): number {
    return (Atomics.load(this.#words, this.#place.claimedWord) - this.#place.capacity) | 0;
  }

  #pass(oldest: number): void {
    const behind = (oldest - this.#position) | 0;
    if (behind <= 0) return;
    this.lost += behind;
    this.#position = oldest;
  }

  #untilEnd(): number {
    const { capacity } = this.#place;
    return capacity - (this.#position & (capacity - 1));
  }

  #copy(count: number): void {
    const { start, recordLength, capacity } = this.#place;
    const from = start + (this.#position & (capacity - 1)) * recordLength;
    this.#copies.set(this.#bytes.subarray(from, from + count * recordLength));
  }
}

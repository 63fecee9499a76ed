import { readSharedFile, type SharedFile } from "../../linux/ffi/shared-file.ts";
import { openFeed } from "../../traffic/feed/memory.ts";
import { FeedReader } from "../../traffic/feed/reader.ts";

/** Milliseconds: the data plane may start after us, and one of another version puts another file in the feed's place. */
const LOOK_EVERY = 1000;

/** The reader of the data plane's feed, whenever there is one. */
export class FeedTail {
  #file: SharedFile | undefined;
  #reader: FeedReader | undefined;
  #nextLook = 0;
  #lostBefore = 0;

  /** `position` is where an earlier reader ended; where there was none, all that the feed has is new. */
  constructor(
    private readonly path: string,
    private position: number | undefined,
  ) {}

  /** Ticks that were overwritten before they were read. */
  get lostTicks(): number {
    return this.#lostBefore + (this.#reader?.lostTicks ?? 0);
  }

  /** Undefined while there is no feed. Throws when there is one that cannot be read. */
  reader(now: number): FeedReader | undefined {
    if (now < this.#nextLook) return this.#reader;
    this.#nextLook = now + LOOK_EVERY;
    if (this.#file?.isReplaced()) this.#close();
    if (this.#reader === undefined) this.#open();
    return this.#reader;
  }

  #open(): void {
    const file = readSharedFile(this.path);
    const feed = file && openFeed(file.buffer);
    if (feed === undefined) {
      file?.unmap();
      return;
    }
    this.#file = file;
    this.#reader = new FeedReader(feed, this.position ?? "oldest");
  }

  #close(): void {
    this.position = this.#reader?.position ?? this.position;
    this.#lostBefore = this.lostTicks;
    this.#reader = undefined;
    this.#file?.unmap();
    this.#file = undefined;
  }
}

import { readSharedFile, type SharedFile } from "../../linux/ffi/shared-file.ts";
import { type CaptureMemory, openCaptureMemory } from "../../traffic/capture/memory.ts";
import { captureSummaries } from "./capture-summaries.ts";
import { CaptureDownload, type Piece, type Writer } from "./download.ts";
import type { Names } from "./selection.ts";
import type { CaptureSelection, CaptureSummary } from "./source.ts";

/** Each takes half a megabyte; more at once is a program that leaks them. */
const MAX_DOWNLOADS = 16;

/** The captures that the data plane keeps, and the downloads of them that are under way. */
export class Captures {
  readonly #downloads = new Map<number, CaptureDownload>();
  #file: SharedFile | undefined;
  #memory: CaptureMemory | undefined;
  #last = 0;

  constructor(
    private readonly path: string,
    private readonly names: Names,
    private readonly writer: Writer,
  ) {}

  summaries(): CaptureSummary[] {
    const memory = this.#current();
    return memory === undefined ? [] : captureSummaries(memory);
  }

  /** The number of a new download. Throws RangeError naming the field, and Error where there are no captures or too many downloads. */
  open(selection: CaptureSelection, now: number): number {
    const memory = this.#current();
    if (memory === undefined)
      throw new Error("no captures are kept; the data plane is away, or set to keep none");
    if (this.#downloads.size >= MAX_DOWNLOADS) throw new Error("too many downloads at once; end one first");
    this.#downloads.set(++this.#last, new CaptureDownload(memory, selection, this.names, this.writer, now));
    return this.#last;
  }

  /** The download's next part; the end of it when its captures are gone. */
  read(download: number, now: number): Piece {
    this.#current();
    const piece = this.#downloads.get(download)?.next(now);
    if (piece?.isLast) this.close(download);
    return piece ?? { bytes: new Uint8Array(0), isLast: true };
  }

  close(download: number): void {
    this.#downloads.delete(download);
  }

  /** The memory, mapped anew when another file has its place. */
  #current(): CaptureMemory | undefined {
    if (this.#file?.isReplaced()) {
      this.#downloads.clear();
      this.#memory = undefined;
      this.#file.unmap();
      this.#file = undefined;
    }
    if (this.#memory !== undefined) return this.#memory;
    const file = readSharedFile(this.path);
    this.#memory = file && openCaptureMemory(file.buffer);
    if (this.#memory === undefined) file?.unmap();
    else this.#file = file;
    return this.#memory;
  }
}

import { isMapped } from "../../addr/ipv6.ts";
import { macNumber } from "../../addr/mac.ts";
import { CaptureCursor } from "../../traffic/capture/cursor.ts";
import type { FrameSelection } from "../../traffic/capture/filter.ts";
import type { CaptureMemory } from "../../traffic/capture/memory.ts";
import { FOUND, NONE } from "../../traffic/capture/ring-reader.ts";
import { type Instant, MAX_CAPTURED_LENGTH } from "../../wire/capture/frame.ts";
import { CaptureOutput } from "../../wire/capture/output.ts";
import { writePcapFrame, writePcapHeader } from "../../wire/capture/pcap.ts";
import {
  writeEnhancedPacket,
  writeInterfaceDescription,
  writeInterfaceStatistics,
  writeSectionHeader,
} from "../../wire/capture/pcapng.ts";
import { domainTest, type Names, remoteWords } from "./selection.ts";
import type { CaptureSelection } from "./source.ts";

/** Any block fits (`wire/capture/output.ts`). */
const PIECE = MAX_CAPTURED_LENGTH + 128 * 1024;
/** Milliseconds that one piece may take to find: the feed and other questions wait as long. */
const TURN = 20;
/** Frames between two looks at the clock. */
const FRAMES_A_LOOK = 256;
/** Milliseconds until the tap has written a frame that passed: its blocks are handed over after 20 ms. */
const TAP_DELAY = 100;

/** A part of the file, and whether it is the last; an empty one that is not: there is nothing more now. */
export interface Piece {
  bytes: Uint8Array<ArrayBuffer>;
  isLast: boolean;
}

/** What writes the file. */
export interface Writer {
  /** "Gatehouse 0.1.0". */
  application: string;
  interfaceName: string;
}

/** A file with the selected frames, piece by piece. */
export class CaptureDownload {
  readonly #cursor: CaptureCursor;
  readonly #output = new CaptureOutput(new Uint8Array(PIECE));
  readonly #isPcapng: boolean;
  readonly #isFollowed: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly #until: number;
  #frames = 0;
  /** The cursor's frame had no more room in the piece before. */
  #isPending = false;

  /** Without `to`, and not followed, the file ends with what is there at `now`. Throws RangeError naming the field. */
  constructor(memory: CaptureMemory, selection: CaptureSelection, names: Names, writer: Writer, now: number) {
    const { format, from, to, follow = false } = selection;
    this.#isPcapng = format === "pcapng";
    this.#isFollowed = follow;
    this.#until = to ?? (follow ? Number.POSITIVE_INFINITY : now);
    this.#cursor = new CaptureCursor(memory, {
      ...frameSelection(selection, names),
      ...(from !== undefined && { from: instantOf(from) }),
      ...(Number.isFinite(this.#until) && { until: instantOf(this.#until) }),
    });
    this.#writeHeader(writer);
  }

  /** The next part. `now` is ms since the Unix epoch. */
  next(now: number): Piece {
    const isAtEnd = this.#fill();
    const isOver = isAtEnd && (!this.#isFollowed || now > this.#until + TAP_DELAY);
    if (isOver && this.#isPcapng) this.#writeStatistics(now);
    const bytes = this.#output.written.slice();
    this.#output.clear();
    return { bytes, isLast: isOver };
  }

  /** Writes frames until the output is full or there are none; whether there are none. */
  #fill(): boolean {
    const end = performance.now() + TURN;
    for (let looks = 1; ; looks++) {
      const search = this.#isPending ? FOUND : this.#cursor.next();
      if (search === NONE) return true;
      if (search === FOUND) {
        this.#isPending = !this.#writeFrame();
        if (this.#isPending) return false;
      }
      if (search !== FOUND || looks % FRAMES_A_LOOK === 0) if (performance.now() > end) return false;
    }
  }

  #writeFrame(): boolean {
    const isWritten = this.#isPcapng
      ? writeEnhancedPacket(this.#output, 0, this.#cursor)
      : writePcapFrame(this.#output, this.#cursor);
    if (isWritten) this.#frames++;
    return isWritten;
  }

  #writeHeader({ application, interfaceName }: Writer): void {
    if (!this.#isPcapng) {
      writePcapHeader(this.#output);
      return;
    }
    writeSectionHeader(this.#output, { application });
    writeInterfaceDescription(this.#output, { name: interfaceName });
  }

  #writeStatistics(now: number): void {
    const dropped = this.#cursor.lost;
    writeInterfaceStatistics(this.#output, 0, {
      at: instantOf(now),
      received: this.#frames + dropped,
      dropped,
    });
  }
}

function frameSelection(
  { device, remote, domain, protocol, port }: CaptureSelection,
  names: Names,
): FrameSelection {
  return {
    ...(device !== undefined && { device: macNumber(device) }),
    ...(remote !== undefined && { remote: filterRemote(remote) }),
    ...(domain !== undefined && { accepts: domainTest(domain, names) }),
    ...(protocol !== undefined && { protocol }),
    ...(port !== undefined && { port }),
  };
}

function filterRemote(text: string): number | Uint8Array {
  const words = remoteWords(text);
  if (isMapped(words)) return words[3]!;
  const view = new DataView(new ArrayBuffer(16));
  words.forEach((word, i) => void view.setUint32(i * 4, word));
  return new Uint8Array(view.buffer);
}

function instantOf(ms: number): Instant {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanoseconds: Math.floor((ms - seconds * 1000) * 1e6) };
}

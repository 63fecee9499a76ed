import { parseMac } from "../../addr/mac.ts";
import type { CapturedFrame } from "../../linux/packet/ring.ts";
import { deviceOf } from "../../traffic/capture/device-index.ts";
import type { CaptureMemory } from "../../traffic/capture/memory.ts";
import { CaptureRecorder } from "../../traffic/capture/recorder.ts";
import type { Feed } from "../../traffic/feed/memory.ts";
import { NO_DEVICE } from "../../traffic/feed/records.ts";
import { FeedWriter } from "../../traffic/feed/writer.ts";
import type { Sighting } from "../../traffic/frame.ts";
import { ServerNames } from "../../traffic/names/server-names.ts";
import { INBOUND, OUTBOUND } from "../../wire/capture/frame.ts";
import type { Log } from "../log.ts";
import type { RecordingConfig } from "./configuration/schema.ts";
import { openCapturesFile, openFeedFile, type Recorded } from "./recording-files.ts";

/** Where the configuration says nothing: 51 devices' last 5 MB each. */
const DEFAULTS: RecordingConfig = {
  notRecorded: [],
  captureBytes: 5_000_000,
  captureTotalBytes: 256_000_000,
};

/**
 * What is kept of the frames that the taps see, in memory that the control plane reads along: captures of whole frames, and
 * the feed of sums, packets and server's names. Of devices that are not to be recorded it keeps nothing.
 */
export class Recording {
  readonly #folder: string;
  readonly #log: Log;
  readonly #names = new ServerNames();
  #notRecorded = new Set<number>();
  #captureSize = "";
  #captures: { memory: Recorded<CaptureMemory>; recorder: CaptureRecorder } | undefined;
  #feed: { memory: Recorded<Feed>; writer: FeedWriter } | undefined;

  /** The files are made in `folder`. */
  constructor(folder: string, log: Log) {
    this.#folder = folder;
    this.#log = log;
  }

  /** Follows a configuration. What cannot be kept is not, and the log says why; the next call tries again. */
  apply(config: RecordingConfig = DEFAULTS): void {
    const former = this.#notRecorded;
    this.#notRecorded = new Set(config.notRecorded.map(deviceOfText));
    this.#attempt("the feed of traffic", () => this.#openFeed());
    this.#attempt("captures", () => this.#openCaptures(config));
    for (const device of this.#notRecorded) if (!former.has(device)) this.#forgetDevice(device);
  }

  /** Keeps what is to be kept of a frame. Makes no object but for a server's name. */
  see(frame: CapturedFrame, sighting: Sighting, now: number): void {
    const { device } = sighting;
    if (device === NO_DEVICE || (this.#notRecorded.size > 0 && this.#notRecorded.has(device))) return;
    const { seconds, nanoseconds, bytes, offset, capturedLength, originalLength, outgoing } = frame;
    const direction = outgoing ? OUTBOUND : INBOUND;
    this.#captures?.recorder.append(
      device,
      seconds,
      nanoseconds,
      direction,
      bytes,
      offset,
      capturedLength,
      originalLength,
    );
    if (!sighting.crossesBorder || this.#feed === undefined) return;
    const { writer } = this.#feed;
    writer.add(sighting.packet);
    writer.packet(sighting.packet);
    if (!outgoing) this.#readName(writer, frame, sighting, now);
  }

  /** Ends a tick in the feed. */
  endTick(tick: number, frames: number, dropped: number): void {
    this.#feed?.writer.endTick(tick, frames, dropped);
  }

  /**
   * Forgets a device, by its MAC address, or all of them. The feed is emptied as a whole where the device is in it: what its
   * reader has not read by then, a tick of the others at most, it counts as lost.
   */
  forget(mac?: string): void {
    if (mac !== undefined) {
      this.#forgetDevice(deviceOfText(mac));
      return;
    }
    this.#captures?.recorder.forgetAll();
    this.#feed?.writer.clear();
  }

  #forgetDevice(device: number): void {
    this.#captures?.recorder.forget(device);
    const { writer } = this.#feed ?? {};
    if (writer?.holds(device)) writer.clear();
  }

  #readName(writer: FeedWriter, frame: CapturedFrame, sighting: Sighting, now: number): void {
    const { view, offset, capturedLength, seconds, nanoseconds } = frame;
    const available = offset + capturedLength - sighting.ip;
    const seen = this.#names.read(view, sighting.ip, available, now);
    if (seen === undefined) return;
    const { device, remote } = sighting.packet;
    writer.serverName({ ...seen, device, remote, at: seconds * 1000 + Math.floor(nanoseconds / 1e6) });
  }

  #openFeed(): void {
    if (this.#feed !== undefined && !this.#feed.memory.file.isReplaced()) return;
    this.#feed?.memory.file.unmap();
    this.#feed = undefined;
    const memory = openFeedFile(this.#folder);
    this.#feed = { memory, writer: new FeedWriter(memory.content) };
  }

  #openCaptures({ captureBytes, captureTotalBytes }: RecordingConfig): void {
    const size = `${captureBytes} ${captureTotalBytes}`;
    const isThere = this.#captures !== undefined && !this.#captures.memory.file.isReplaced();
    if (size === this.#captureSize && isThere) return;
    this.#captures?.memory.file.unmap();
    this.#captures = undefined;
    const memory = openCapturesFile(this.#folder, captureBytes, captureTotalBytes);
    this.#captureSize = size;
    if (memory !== undefined) this.#captures = { memory, recorder: new CaptureRecorder(memory.content) };
  }

  #attempt(what: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#log.limited(what, `${what} are not kept: ${error instanceof Error ? error.message : error}`);
    }
  }
}

function deviceOfText(text: string): number {
  const mac = parseMac(text);
  return mac === undefined ? NO_DEVICE : deviceOf(mac);
}

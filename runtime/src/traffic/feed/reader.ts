import {
  deviceOf,
  MAX_NAME_BYTES,
  NAME_AT,
  NAME_DEVICE_HIGH,
  NAME_DEVICE_LOW,
  NAME_LENGTH,
  NAME_MAYBE_OUTER,
  NAME_REMOTE,
  NAME_TEXT,
  NAME_TRANSPORT,
  readPacket,
  readSums,
  SUMS_WORDS,
} from "./layout.ts";
import type { Feed } from "./memory.ts";
import { RecordRingReader } from "./record-ring.ts";
import { emptyPacket, emptySums, type PacketRecord, type SumsRecord } from "./records.ts";
import { TickRingReader } from "./tick-ring.ts";

/**
 * Reads a feed at its own pace, never in the writer's way: what is overwritten before it was read is counted as lost. Each
 * tick, packet and name is handed over once, whole, in order. The records handed over are filled anew for the next.
 */
export class FeedReader {
  readonly #ticks: TickRingReader;
  readonly #packets: RecordRingReader;
  readonly #names: RecordRingReader;
  readonly #sums = emptySums();
  readonly #packet = emptyPacket();
  readonly #remote = new Uint32Array(4);

  /**
   * Starts at the ticks and packets to come. With `position`, which an earlier reader has told, ticks go on there, and what
   * is gone of them counts as lost; with "oldest", they start with the oldest that is there, as servers' names always do.
   */
  constructor(feed: Feed, position?: number | "oldest") {
    this.#ticks = new TickRingReader(feed, position);
    this.#packets = new RecordRingReader(feed, feed.packets, "end");
    this.#names = new RecordRingReader(feed, feed.names, "oldest");
  }

  /** Where `readTicks` goes on: the ordinal of the next tick, 32 bits. */
  get position(): number {
    return this.#ticks.position;
  }

  /** Ticks that were overwritten, or forgotten, before they were read; so the other two. */
  get lostTicks(): number {
    return this.#ticks.lost;
  }

  get lostPackets(): number {
    return this.#packets.lost;
  }

  get lostServerNames(): number {
    return this.#names.lost;
  }

  /** Hands over the ticks that have ended: the sums of each, then the tick itself with the tap's and the kernel's counts. */
  readTicks(
    onSums: (sums: SumsRecord) => void,
    onTick: (tick: number, frames: number, dropped: number) => void,
  ): void {
    const ticks = this.#ticks;
    while (ticks.next()) {
      this.#sums.tick = ticks.tick;
      for (let row = 0; row < ticks.count; row++) {
        readSums(ticks.rows, row * SUMS_WORDS, this.#sums);
        onSums(this.#sums);
      }
      onTick(ticks.tick, ticks.frames, ticks.dropped);
    }
  }

  /** Hands over the packets that there are. */
  readPackets(onPacket: (packet: PacketRecord) => void): void {
    this.#packets.read((at) => {
      readPacket(this.#packets.view, at, this.#packet);
      onPacket(this.#packet);
    });
  }

  /** Passes over the packets that there are. They do not count as lost. */
  skipPackets(): void {
    this.#packets.skip();
  }

  /** Hands over the names that devices have sent; `remote` as in PacketRecord, `at` in ms since the Unix epoch. */
  readServerNames(
    onName: (
      device: number,
      remote: Uint32Array,
      name: string,
      transport: "tls" | "quic",
      maybeOuter: boolean,
      at: number,
    ) => void,
  ): void {
    const { view } = this.#names;
    this.#names.read((start) => {
      const device = deviceOf(
        view.getUint16(start + NAME_DEVICE_HIGH, true),
        view.getUint32(start + NAME_DEVICE_LOW, true),
      );
      for (let word = 0; word < 4; word++)
        this.#remote[word] = view.getUint32(start + NAME_REMOTE + 4 * word, true);
      const transport = view.getUint8(start + NAME_TRANSPORT) === 1 ? "quic" : "tls";
      const maybeOuter = view.getUint8(start + NAME_MAYBE_OUTER) === 1;
      onName(
        device,
        this.#remote,
        nameAt(view, start),
        transport,
        maybeOuter,
        view.getFloat64(start + NAME_AT, true),
      );
    });
  }
}

function nameAt(view: DataView, start: number): string {
  const length = Math.min(view.getUint16(start + NAME_LENGTH, true), MAX_NAME_BYTES);
  return new TextDecoder().decode(new Uint8Array(view.buffer, start + NAME_TEXT, length));
}

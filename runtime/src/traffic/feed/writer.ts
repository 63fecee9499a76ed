import {
  deviceHigh,
  MAX_NAME_BYTES,
  NAME_AT,
  NAME_DEVICE_HIGH,
  NAME_DEVICE_LOW,
  NAME_LENGTH,
  NAME_MAYBE_OUTER,
  NAME_RECORD,
  NAME_REMOTE,
  NAME_TEXT,
  NAME_TRANSPORT,
  PACKET_DEVICE_HIGH,
  PACKET_DEVICE_LOW,
  PACKET_RECORD,
  SUMS_DEVICE_HIGH,
  SUMS_DEVICE_LOW,
  SUMS_RECORD,
  writePacket,
} from "./layout.ts";
import type { Feed } from "./memory.ts";
import { RecordRingWriter } from "./record-ring.ts";
import type { PacketRecord, ServerNameRecord } from "./records.ts";
import { SumsTable } from "./sums-table.ts";
import { TickRingWriter } from "./tick-ring.ts";

/** Of the room for sums a tick takes this part at most. */
const TICK_SHARE = 4;

/**
 * Tells readers what the tap sees. The feed's only writer; it never waits for readers, and one that comes after it goes on
 * where it ended: only the tick that was under way is lost.
 */
export class FeedWriter {
  readonly #feed: Feed;
  readonly #sums: SumsTable;
  readonly #ticks: TickRingWriter;
  readonly #packets: RecordRingWriter;
  readonly #names: RecordRingWriter;

  constructor(feed: Feed) {
    this.#feed = feed;
    this.#sums = new SumsTable(Math.floor(feed.sumsCapacity / TICK_SHARE));
    this.#ticks = new TickRingWriter(feed);
    this.#packets = new RecordRingWriter(feed, feed.packets);
    this.#names = new RecordRingWriter(feed, feed.names);
  }

  /** Adds a packet to the sums of the tick that is under way. Makes no object, as `packet`. */
  add(packet: PacketRecord): void {
    this.#sums.add(packet);
  }

  /**
   * Tells the sums since the last tick as those of `tick`, and of how many frames they are what the tap has seen (those
   * within the home among them) and how many the kernel had no room for. Quiet ticks are told of, too. Ticks rise by one
   * unless the clock was set.
   */
  endTick(tick: number, frames: number, dropped: number): void {
    this.#ticks.append(tick, frames, dropped, this.#sums);
    this.#sums.clear();
  }

  /** Tells of one packet. */
  packet(packet: PacketRecord): void {
    writePacket(this.#feed.view, this.#packets.begin(), packet);
    this.#packets.publish();
  }

  /** Tells of a server's name that a device sent. */
  serverName({ device, remote, name, transport, maybeOuter, at }: ServerNameRecord): void {
    const { view, bytes } = this.#feed;
    const start = this.#names.begin();
    const text = bytes.subarray(start + NAME_TEXT, start + NAME_TEXT + MAX_NAME_BYTES);
    view.setFloat64(start + NAME_AT, at, true);
    for (let word = 0; word < 4; word++)
      view.setUint32(start + NAME_REMOTE + 4 * word, remote[word] ?? 0, true);
    view.setUint32(start + NAME_DEVICE_LOW, device, true);
    view.setUint16(start + NAME_DEVICE_HIGH, deviceHigh(device), true);
    view.setUint8(start + NAME_TRANSPORT, transport === "quic" ? 1 : 0);
    view.setUint8(start + NAME_MAYBE_OUTER, maybeOuter ? 1 : 0);
    view.setUint16(start + NAME_LENGTH, new TextEncoder().encodeInto(name, text).written, true);
    this.#names.publish();
  }

  /** Whether anything of the device is in the feed, or in the tick that is under way. */
  holds(device: number): boolean {
    const { view, sumsStart, sumsCapacity, packets, names } = this.#feed;
    const low = device >>> 0;
    const high = deviceHigh(device);
    const isAmong = (start: number, length: number, count: number, lowAt: number, highAt: number) => {
      for (let at = start; at < start + length * count; at += length) {
        if (view.getUint32(at + lowAt, true) === low && view.getUint16(at + highAt, true) === high)
          return true;
      }
      return false;
    };
    return (
      this.#sums.holds(device) ||
      isAmong(sumsStart, SUMS_RECORD, sumsCapacity, SUMS_DEVICE_LOW, SUMS_DEVICE_HIGH) ||
      isAmong(packets.start, PACKET_RECORD, packets.capacity, PACKET_DEVICE_LOW, PACKET_DEVICE_HIGH) ||
      isAmong(names.start, NAME_RECORD, names.capacity, NAME_DEVICE_LOW, NAME_DEVICE_HIGH)
    );
  }

  /** Gives up all that is in the feed and overwrites it with zeros; readers count what they have not read as lost. */
  clear(): void {
    this.#sums.clear();
    this.#ticks.clear();
    this.#packets.clear();
    this.#names.clear();
  }
}

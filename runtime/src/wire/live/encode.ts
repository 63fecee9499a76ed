import {
  FRAME_HEADER,
  KIND,
  type LiveName,
  type LiveReason,
  MODE_LENGTH,
  PACKET_RECORD,
  PACKETS_HEADER,
  REASONS,
  SUMS_HEADER,
  SUMS_RECORD,
} from "./frame.ts";

/** Four 32-bit words, the first octets in the first. */
type Words = ArrayLike<number>;

const MAX_U32 = 0xffff_ffff;
const MAX_U16 = 0xffff;

/** Frames of records, one after the other in one buffer. Adding a record makes no object. */
abstract class RecordFrame {
  protected readonly view: DataView;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #capacity: number;
  readonly #header: number;
  readonly #recordLength: number;
  #count = 0;

  /** Room for `capacity` records, at most 65535. */
  constructor(kind: number, header: number, recordLength: number, capacity: number) {
    this.#header = header;
    this.#recordLength = recordLength;
    this.#capacity = Math.min(capacity, MAX_U16);
    this.#bytes = new Uint8Array(header + this.#capacity * recordLength);
    this.view = new DataView(this.#bytes.buffer);
    this.view.setUint8(0, kind);
  }

  get count(): number {
    return this.#count;
  }

  clear(): void {
    this.#count = 0;
  }

  /** The frame, in place: valid until the next record or `clear`. */
  written(): Uint8Array<ArrayBuffer> {
    this.view.setUint16(this.#header - 2, this.#count, true);
    return this.#bytes.subarray(0, this.#header + this.#count * this.#recordLength);
  }

  /** Where the next record goes, or -1 when there is no more room. */
  protected take(): number {
    if (this.#count >= this.#capacity) return -1;
    return this.#header + this.#count++ * this.#recordLength;
  }

  /** Writes the pair's addresses, 22 octets. */
  protected putPair(at: number, device: number, remote: Words): void {
    this.view.setUint16(at, Math.floor(device / 0x1_0000_0000));
    this.view.setUint32(at + 2, device % 0x1_0000_0000);
    for (let word = 0; word < 4; word++) this.view.setUint32(at + 6 + word * 4, remote[word]!);
  }
}

/** Writes the sums of one tick. */
export class SumsFrame extends RecordFrame {
  constructor(capacity: number) {
    super(KIND.sums, SUMS_HEADER, SUMS_RECORD, capacity);
  }

  /** Empties the frame for the tick that began at `at`, ms since the epoch. */
  begin(at: number): void {
    this.clear();
    this.at = at;
  }

  /** When the tick began; for those who learn it after its sums. */
  set at(at: number) {
    this.view.setFloat64(FRAME_HEADER, at, true);
  }

  /** `device` is the MAC address as a number. Sums of 2^32 and more are written as the largest. False when there is no more room. */
  add(
    device: number,
    remote: Words,
    protocol: number,
    port: number,
    up: number,
    down: number,
    upPackets: number,
    downPackets: number,
  ): boolean {
    const at = this.take();
    if (at < 0) return false;
    const { view } = this;
    this.putPair(at, device, remote);
    view.setUint8(at + 22, protocol);
    view.setUint8(at + 23, 0);
    view.setUint16(at + 24, port, true);
    view.setUint32(at + 26, Math.min(up, MAX_U32), true);
    view.setUint32(at + 30, Math.min(down, MAX_U32), true);
    view.setUint32(at + 34, Math.min(upPackets, MAX_U32), true);
    view.setUint32(at + 38, Math.min(downPackets, MAX_U32), true);
    return true;
  }
}

/** What `PacketsFrame.add` writes; the device's MAC address is a number. */
export interface PacketSummary {
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly device: number;
  readonly remote: Words;
  readonly up: boolean;
  readonly protocol: number;
  readonly localPort: number;
  readonly remotePort: number;
  readonly flags: number;
  readonly length: number;
  readonly segments: number;
}

/** Writes packets' summaries. */
export class PacketsFrame extends RecordFrame {
  constructor(capacity: number) {
    super(KIND.packets, PACKETS_HEADER, PACKET_RECORD, capacity);
  }

  /** False when there is no more room. */
  add(packet: PacketSummary): boolean {
    const at = this.take();
    if (at < 0) return false;
    const { view } = this;
    view.setUint32(at, packet.seconds, true);
    view.setUint32(at + 4, packet.nanoseconds, true);
    this.putPair(at + 8, packet.device, packet.remote);
    view.setUint8(at + 30, packet.up ? 1 : 0);
    view.setUint8(at + 31, packet.protocol);
    view.setUint16(at + 32, packet.localPort, true);
    view.setUint16(at + 34, packet.remotePort, true);
    view.setUint8(at + 36, packet.flags);
    view.setUint8(at + 37, 0);
    view.setUint32(at + 38, Math.min(packet.length, MAX_U32), true);
    view.setUint16(at + 42, Math.min(packet.segments, MAX_U16), true);
    view.setUint16(at + 44, 0, true);
    return true;
  }
}

/** Says what the stream carries from now on, and how many packets it left out since it last did. */
export function modeFrame(
  mode: "packets" | "sums",
  why: LiveReason,
  leftOut: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(MODE_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, KIND.mode);
  view.setUint8(2, mode === "packets" ? 1 : 0);
  view.setUint8(3, REASONS.indexOf(why));
  view.setUint32(4, Math.min(leftOut, MAX_U32), true);
  return bytes;
}

export function namesFrame(names: readonly LiveName[]): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(JSON.stringify(names));
  const bytes = new Uint8Array(FRAME_HEADER + json.length);
  bytes[0] = KIND.names;
  bytes.set(json, FRAME_HEADER);
  return bytes;
}

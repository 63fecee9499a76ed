import type { PacketRecord, SumsRecord } from "./records.ts";

/**
 * A row of sums, in words: remote (4), device's low 32 bits, its high 16 bits with the port above them, protocol, then bytes
 * up, bytes down, packets up, packets down.
 */
export const SUMS_WORDS = 11;
export const SUMS_RECORD = SUMS_WORDS * 4;
export const DEVICE_LOW = 4;
export const DEVICE_PORT = 5;
export const SUMS_DEVICE_LOW = DEVICE_LOW * 4;
export const SUMS_DEVICE_HIGH = DEVICE_PORT * 4;
const PROTOCOL = 6;
export const UP_BYTES = 7;
export const DOWN_BYTES = 8;
export const UP_PACKETS = 9;
export const DOWN_PACKETS = 10;

/** A packet: seconds, nanoseconds, remote (4 words), device's low 32 bits, length (u32 each), then as below. */
export const PACKET_RECORD = 48;
export const PACKET_DEVICE_LOW = 24;
export const PACKET_DEVICE_HIGH = 32;
const PACKET_LOCAL_PORT = 34;
const PACKET_REMOTE_PORT = 36;
const PACKET_SEGMENTS = 38;
const PACKET_PROTOCOL = 40;
const PACKET_FLAGS = 41;
const PACKET_UP = 42;

/** A name: milliseconds (f64), remote, device, transport, maybeOuter, length of the name, its UTF-8. */
export const NAME_RECORD = 304;
export const NAME_AT = 0;
export const NAME_REMOTE = 8;
export const NAME_DEVICE_LOW = 24;
export const NAME_DEVICE_HIGH = 28;
export const NAME_TRANSPORT = 30;
export const NAME_MAYBE_OUTER = 31;
export const NAME_LENGTH = 32;
export const NAME_TEXT = 34;
export const MAX_NAME_BYTES = NAME_RECORD - NAME_TEXT;

const HIGH = 0x100000000;

/** The upper 16 bits of a device's 48; the lower 32 are `device >>> 0`. */
export function deviceHigh(device: number): number {
  return (device / HIGH) | 0;
}

export function deviceOf(high: number, low: number): number {
  return high * HIGH + (low >>> 0);
}

/** Reads the row from word `at` of `rows` into `record`, all but the tick. */
export function readSums(rows: Uint32Array, at: number, record: SumsRecord): void {
  for (let word = 0; word < 4; word++) record.remote[word] = rows[at + word] ?? 0;
  const devicePort = rows[at + DEVICE_PORT] ?? 0;
  record.device = deviceOf(devicePort & 0xffff, rows[at + DEVICE_LOW] ?? 0);
  record.port = devicePort >>> 16;
  record.protocol = rows[at + PROTOCOL] ?? 0;
  record.upBytes = rows[at + UP_BYTES] ?? 0;
  record.downBytes = rows[at + DOWN_BYTES] ?? 0;
  record.upPackets = rows[at + UP_PACKETS] ?? 0;
  record.downPackets = rows[at + DOWN_PACKETS] ?? 0;
}

export function writePacket(view: DataView, at: number, packet: PacketRecord): void {
  const { remote, device } = packet;
  view.setUint32(at, packet.seconds, true);
  view.setUint32(at + 4, packet.nanoseconds, true);
  view.setUint32(at + 8, remote[0] ?? 0, true);
  view.setUint32(at + 12, remote[1] ?? 0, true);
  view.setUint32(at + 16, remote[2] ?? 0, true);
  view.setUint32(at + 20, remote[3] ?? 0, true);
  view.setUint32(at + PACKET_DEVICE_LOW, device, true);
  view.setUint32(at + 28, packet.length, true);
  view.setUint16(at + PACKET_DEVICE_HIGH, deviceHigh(device), true);
  view.setUint16(at + PACKET_LOCAL_PORT, packet.localPort, true);
  view.setUint16(at + PACKET_REMOTE_PORT, packet.remotePort, true);
  view.setUint16(at + PACKET_SEGMENTS, packet.segments, true);
  view.setUint8(at + PACKET_PROTOCOL, packet.protocol);
  view.setUint8(at + PACKET_FLAGS, packet.flags);
  view.setUint8(at + PACKET_UP, packet.up ? 1 : 0);
}

export function readPacket(view: DataView, at: number, packet: PacketRecord): void {
  packet.seconds = view.getUint32(at, true);
  packet.nanoseconds = view.getUint32(at + 4, true);
  for (let word = 0; word < 4; word++) packet.remote[word] = view.getUint32(at + 8 + 4 * word, true);
  packet.device = deviceOf(
    view.getUint16(at + PACKET_DEVICE_HIGH, true),
    view.getUint32(at + PACKET_DEVICE_LOW, true),
  );
  packet.length = view.getUint32(at + 28, true);
  packet.localPort = view.getUint16(at + PACKET_LOCAL_PORT, true);
  packet.remotePort = view.getUint16(at + PACKET_REMOTE_PORT, true);
  packet.segments = view.getUint16(at + PACKET_SEGMENTS, true);
  packet.protocol = view.getUint8(at + PACKET_PROTOCOL);
  packet.flags = view.getUint8(at + PACKET_FLAGS);
  packet.up = view.getUint8(at + PACKET_UP) !== 0;
}

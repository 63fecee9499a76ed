import { varint, varintLength } from "./varint.ts";

/** QUIC versions whose first packets can be read: 1 (RFC 9000) and 2 (RFC 9369). */
export const VERSION_1 = 0x00000001;
export const VERSION_2 = 0x6b3343cf;
export type Version = typeof VERSION_1 | typeof VERSION_2;

const LONG_HEADER = 0x80;
const PACKET_TYPE = 0x30;
/** An Initial packet's type bits, and a Retry packet's: version 2 numbers them anew (RFC 9369 section 3.2). */
const INITIAL = { [VERSION_1]: 0x00, [VERSION_2]: 0x10 };
const RETRY = { [VERSION_1]: 0x30, [VERSION_2]: 0x00 };

const FIXED_PART = 5;
const MAX_CONNECTION_ID = 20;
/** Before the sample that unmasks the header, the packet number is taken to have four octets (RFC 9001 section 5.4.2). */
export const SAMPLE_OFFSET = 4;
export const SAMPLE_LENGTH = 16;

/** Where the parts of a packet with a long header and a length lie in its datagram (RFC 9000 section 17.2). */
export interface LongPacket {
  readonly version: Version;
  readonly isInitial: boolean;
  readonly start: number;
  readonly destinationId: Uint8Array;
  /** Where the protected packet number starts. */
  readonly packetNumber: number;
  /** Offset after the packet, where another one may follow. */
  readonly end: number;
}

/** Whether a UDP payload of `length` octets begins with a long header of a version known here. A few compares, for every datagram. */
export function startsLongHeader(view: DataView, payload: number, length: number): boolean {
  if (length <= FIXED_PART || view.getUint8(payload) < LONG_HEADER) return false;
  return isKnown(view.getUint32(payload + 1));
}

/**
 * Finds the parts of the packet at `start`; undefined when it is none with a long header, of another version, a Retry, or cut
 * short. The fixed bit is not looked at: it may be greased (RFC 9287).
 */
export function parseLongPacket(datagram: Uint8Array, start: number): LongPacket | undefined {
  const first = datagram[start] ?? 0;
  if (first < LONG_HEADER || start + FIXED_PART >= datagram.length) return undefined;
  const version = versionAt(datagram, start + 1);
  if (!isKnown(version) || (first & PACKET_TYPE) === RETRY[version]) return undefined;
  const isInitial = (first & PACKET_TYPE) === INITIAL[version];
  const destination = start + FIXED_PART;
  const source = connectionIdEnd(datagram, destination);
  let at = connectionIdEnd(datagram, source);
  if (at < 0) return undefined;
  if (isInitial) {
    const width = varintLength(datagram, at);
    if (width === 0) return undefined;
    at += width + varint(datagram, at); // the token
  }
  const width = varintLength(datagram, at);
  if (width === 0) return undefined;
  const packetNumber = at + width;
  const end = packetNumber + varint(datagram, at);
  if (end > datagram.length || end < packetNumber + SAMPLE_OFFSET + SAMPLE_LENGTH) return undefined;
  const destinationId = datagram.subarray(destination + 1, source);
  return { version, isInitial, start, destinationId, packetNumber, end };
}

function isKnown(version: number): version is Version {
  return version === VERSION_1 || version === VERSION_2;
}

function versionAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** Offset after the connection ID at `at`, whose first octet is its length; -1 when it is too long, not whole, or `at` is -1. */
function connectionIdEnd(bytes: Uint8Array, at: number): number {
  const length = bytes[at];
  if (at < 0 || length === undefined || length > MAX_CONNECTION_ID) return -1;
  const end = at + 1 + length;
  return end > bytes.length ? -1 : end;
}

import { formatIPv4, parseIPv4 } from "../../runtime/src/addr/ipv4.ts";
import { checksum, sum } from "../../runtime/src/wire/checksum.ts";

/**
 * IPv4 packets as the tests send and expect them, made whole from endpoints such as "192.168.77.11:5000". Checksums are
 * always summed anew, so that what the router updates incrementally is held against another computation.
 */

export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;

export const ECHO_REPLY = 0;
export const UNREACHABLE = 3;
export const ECHO_REQUEST = 8;
export const TIME_EXCEEDED = 11;
export const PARAMETER_PROBLEM = 12;

/** Control bits of TCP by their names in `tcp`. */
const FLAGS = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16 } as const;

export interface HeaderFields {
  /** Default 64. */
  ttl?: number;
  /** Identification, default 0. */
  id?: number;
  /** Default true. */
  dontFragment?: boolean;
  /** IP options, a multiple of four bytes. */
  options?: Uint8Array;
}

/** A packet with any payload; its transport checksum, where it has one, is not touched. */
export function ipv4(
  protocol: number,
  source: string,
  destination: string,
  payload: Uint8Array,
  { ttl = 64, id = 0, dontFragment = true, options = new Uint8Array(0) }: HeaderFields = {},
): Uint8Array {
  const header = 20 + options.length;
  const packet = new Uint8Array(header + payload.length);
  packet.set(options, 20);
  packet.set(payload, header);
  const view = viewOf(packet);
  view.setUint8(0, 0x40 | (header / 4));
  view.setUint16(2, packet.length);
  view.setUint16(4, id);
  view.setUint16(6, dontFragment ? 0x4000 : 0);
  view.setUint8(8, ttl);
  view.setUint8(9, protocol);
  view.setUint32(12, parseIPv4(source)!);
  view.setUint32(16, parseIPv4(destination)!);
  sealHeader(view);
  return packet;
}

export function udp(
  from: string,
  to: string,
  payload: string | Uint8Array,
  fields?: HeaderFields,
): Uint8Array {
  const data = bytesOf(payload);
  const datagram = new Uint8Array(8 + data.length);
  setPorts(datagram, from, to);
  viewOf(datagram).setUint16(4, datagram.length);
  datagram.set(data, 8);
  return sealed(ipv4(UDP, addressOf(from), addressOf(to), datagram, fields));
}

/** The same datagram without a checksum, which RFC 768 spells 0. */
export function withoutChecksum(packet: Uint8Array): Uint8Array {
  const copy = packet.slice();
  viewOf(copy).setUint16(headerLength(copy) + 6, 0);
  return copy;
}

export interface SegmentFields extends HeaderFields {
  sequence?: number;
  acknowledgment?: number;
  payload?: string;
}

/** A segment; `flags` are names with spaces between: "SYN ACK". */
export function tcp(from: string, to: string, flags: string, fields: SegmentFields = {}): Uint8Array {
  const data = bytesOf(fields.payload ?? "");
  const segment = new Uint8Array(20 + data.length);
  setPorts(segment, from, to);
  const view = viewOf(segment);
  view.setUint32(4, fields.sequence ?? 1000);
  view.setUint32(8, fields.acknowledgment ?? 0);
  view.setUint8(12, 0x50);
  view.setUint8(
    13,
    flags.split(" ").reduce((bits, name) => bits | FLAGS[name as keyof typeof FLAGS], 0),
  );
  view.setUint16(14, 65535);
  segment.set(data, 20);
  return sealed(ipv4(TCP, addressOf(from), addressOf(to), segment, fields));
}

/** An ICMP query or its answer: echo, timestamp. */
export function query(
  type: number,
  source: string,
  destination: string,
  identifier: number,
  payload: string | Uint8Array = "",
  fields?: HeaderFields,
): Uint8Array {
  const data = bytesOf(payload);
  const message = new Uint8Array(8 + data.length);
  message[0] = type;
  viewOf(message).setUint16(4, identifier);
  viewOf(message).setUint16(6, 1);
  message.set(data, 8);
  return sealed(ipv4(ICMP, source, destination, message, fields));
}

export interface ErrorFields extends HeaderFields {
  /** The next hop's MTU (RFC 1191). */
  mtu?: number;
  /** What follows the quoted packet. */
  extension?: Uint8Array;
}

/** An ICMP error about `quoted`, which is quoted whole. */
export function icmpError(
  source: string,
  destination: string,
  type: number,
  code: number,
  quoted: Uint8Array,
  fields: ErrorFields = {},
): Uint8Array {
  const extension = fields.extension ?? new Uint8Array(0);
  const message = new Uint8Array(8 + quoted.length + extension.length);
  message[0] = type;
  message[1] = code;
  viewOf(message).setUint16(6, fields.mtu ?? 0);
  message.set(quoted, 8);
  message.set(extension, 8 + quoted.length);
  return sealed(ipv4(ICMP, source, destination, message, fields));
}

export interface Changes {
  /** "address" or "address:port"; for ICMP queries the port is the identifier. */
  from?: string;
  to?: string;
  ttl?: number;
  id?: number;
}

/** What `packet` must look like with other endpoints, every checksum right (a UDP checksum of 0 stays 0). */
export function changed(packet: Uint8Array, { from, to, ttl, id }: Changes): Uint8Array {
  const copy = packet.slice();
  const view = viewOf(copy);
  const header = headerLength(copy);
  const isQuery = copy[9] === ICMP;
  for (const [endpoint, address, port] of [
    [from, 12, isQuery ? 4 : 0],
    [to, 16, isQuery ? 4 : 2],
  ] as const) {
    if (endpoint === undefined) continue;
    view.setUint32(address, parseIPv4(addressOf(endpoint))!);
    if (endpoint.includes(":")) view.setUint16(header + port, portOf(endpoint));
  }
  if (ttl !== undefined) view.setUint8(8, ttl);
  if (id !== undefined) view.setUint16(4, id);
  sealHeader(view);
  const hasNone = copy[9] === UDP && view.getUint16(header + 6) === 0;
  return hasNone ? copy : sealed(copy);
}

/** The pieces of a packet, each with at most `size` bytes of payload, a multiple of eight. */
export function fragments(packet: Uint8Array, size: number): Uint8Array[] {
  const header = headerLength(packet);
  const pieces: Uint8Array[] = [];
  for (let at = header; at < packet.length; at += size) {
    const isLast = at + size >= packet.length;
    const piece = new Uint8Array([...packet.subarray(0, header), ...packet.subarray(at, at + size)]);
    viewOf(piece).setUint16(2, piece.length);
    viewOf(piece).setUint16(6, ((at - header) / 8) | (isLast ? 0 : MORE_FRAGMENTS));
    sealHeader(viewOf(piece));
    pieces.push(piece);
  }
  return pieces;
}

/** The packet with one byte, counted from its start, turned around and no checksum mended. */
export function corrupted(packet: Uint8Array, at: number): Uint8Array {
  const copy = packet.slice();
  copy[at] = ~copy[at]!;
  return copy;
}

export function endpoint(address: string, port: number): string {
  return `${address}:${port}`;
}

export function addressOf(text: string): string {
  return text.split(":")[0]!;
}

export function portOf(text: string): number {
  return Number(text.split(":")[1]);
}

export function headerLength(packet: Uint8Array): number {
  return (packet[0]! & 15) * 4;
}

const MORE_FRAGMENTS = 0x2000;
/** The more-fragments bit and the offset. */
const FRAGMENT = 0x3fff;

/** Fills in the checksums of the header and of the transport; a fragment's transport is left as it is. */
export function sealed(packet: Uint8Array): Uint8Array {
  const view = viewOf(packet);
  sealHeader(view);
  const at = checksumOffset(packet);
  if (at === undefined || (view.getUint16(6) & FRAGMENT) !== 0) return packet;
  view.setUint16(at, 0);
  const check = checksum(transportSum(packet));
  view.setUint16(at, packet[9] === UDP && check === 0 ? 0xffff : check);
  return packet;
}

/** Where the transport checksum stands; undefined where there is none that the tests know. */
export function checksumOffset(packet: Uint8Array): number | undefined {
  const within = { [ICMP]: 2, [TCP]: 16, [UDP]: 6 }[packet[9]!];
  return within === undefined ? undefined : headerLength(packet) + within;
}

/** The sum under the transport checksum, 0xffff (folded) when the checksum is right. */
export function transportSum(packet: Uint8Array): number {
  const view = viewOf(packet);
  const header = headerLength(packet);
  const length = packet.length - header;
  const pseudoHeader = packet[9] === ICMP ? 0 : sum(view, 12, 8, packet[9]! + length);
  return sum(view, header, length, pseudoHeader);
}

export function viewOf(packet: Uint8Array): DataView {
  return new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
}

/** The address at an offset, dotted decimal. */
export function addressAt(packet: Uint8Array, offset: number): string {
  return formatIPv4(viewOf(packet).getUint32(offset));
}

/** Fills in the checksum of the header alone. */
export function sealHeader(view: DataView): void {
  view.setUint16(10, 0);
  view.setUint16(10, checksum(sum(view, 0, (view.getUint8(0) & 15) * 4)));
}

function setPorts(segment: Uint8Array, from: string, to: string): void {
  viewOf(segment).setUint16(0, portOf(from));
  viewOf(segment).setUint16(2, portOf(to));
}

function bytesOf(payload: string | Uint8Array): Uint8Array {
  return typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
}

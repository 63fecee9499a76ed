import { PROTOCOL_TCP, PROTOCOL_UDP } from "../../wire/ipv4.ts";

/** IPv6 headers (RFC 8200) over a DataView, as far as a filter reads them. */
export const IPV6_HEADER = 40;
const NEXT_HEADER = 6;
export const IPV6_SOURCE = 8;
export const IPV6_DESTINATION = 24;

const HOP_BY_HOP = 0;
const ROUTING = 43;
export const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;
const PROTOCOL_SCTP = 132;

/** Senders use each header once, destination options twice (RFC 8200 section 4.1); more is a chain made to waste time. */
export const MAX_EXTENSIONS = 7;

export function isWholeIPv6(view: DataView, packet: number, end: number): boolean {
  return packet + IPV6_HEADER <= end && view.getUint8(packet) >>> 4 === 6;
}

/** Whether the 16 bytes at `at` are those of `address`. */
export function isAddress(view: DataView, at: number, address: DataView): boolean {
  for (let i = 0; i < 16; i += 4) {
    if (view.getUint32(at + i) !== address.getUint32(i)) return false;
  }
  return true;
}

/** Whether the protocol's header starts with source and destination port. */
export function hasPorts(protocol: number): boolean {
  return protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP || protocol === PROTOCOL_SCTP;
}

/** Where the ports of a whole IPv6 header's packet are, or -1: other protocols, later fragments, headers cut short. */
export function portsOfIPv6(view: DataView, packet: number, end: number): number {
  let next = view.getUint8(packet + NEXT_HEADER);
  let at = packet + IPV6_HEADER;
  for (let i = 0; i <= MAX_EXTENSIONS; i++) {
    if (hasPorts(next)) return at;
    if (at + 8 > end) return -1;
    const length = extensionLength(next, view, at);
    if (length < 0) return -1;
    next = view.getUint8(at);
    at += length;
  }
  return -1;
}

/** The protocol behind a whole IPv6 header and its extensions; of a later fragment, what its header alone says it is a part of. */
export function protocolOfIPv6(view: DataView, packet: number, end: number): number {
  let next = view.getUint8(packet + NEXT_HEADER);
  let at = packet + IPV6_HEADER;
  for (let i = 0; i <= MAX_EXTENSIONS && at + 8 <= end; i++) {
    const length = extensionLength(next, view, at);
    if (length < 0) break;
    next = view.getUint8(at);
    at += length;
  }
  return next === FRAGMENT && at + 8 <= end ? view.getUint8(at) : next;
}

/** Bytes of the extension header at `at`, whose first eight are there; -1 when no transport header follows. */
export function extensionLength(kind: number, view: DataView, at: number): number {
  switch (kind) {
    case HOP_BY_HOP:
    case ROUTING:
    case DESTINATION_OPTIONS:
      return (view.getUint8(at + 1) + 1) * 8;
    case FRAGMENT:
      return view.getUint16(at + 2) >>> 3 === 0 ? 8 : -1;
    case AUTHENTICATION:
      return (view.getUint8(at + 1) + 2) * 4; // RFC 4302 section 2.2
    default:
      return -1;
  }
}

import { checksum, sum } from "../wire/checksum.ts";
import { DESTINATION_UNREACHABLE, ICMP_HEADER, isQuery, type } from "../wire/icmp.ts";
import {
  destinationAddress,
  fragmentOffset,
  headerLength,
  MIN_IPV4_HEADER,
  PROTOCOL_ICMP,
  protocol,
  sourceAddress,
  totalLength,
} from "../wire/ipv4.ts";
import { ASSOCIATIONS_EXHAUSTED, HOST_LIMIT, PORTS_EXHAUSTED, PROTOCOL_IN_USE } from "./drops.ts";
import { QUOTED_PAYLOAD } from "./quoted-packet.ts";

/** Communication administratively prohibited (RFC 1812 section 5.2.7.1). */
const PROHIBITED = 13;
/** An ICMP error's packet is no longer than this (RFC 1812 section 4.3.2.3). */
const MAX_PACKET = 576;
/** The longest message that `writeRefusal` makes. */
export const MAX_REFUSAL = MAX_PACKET - MIN_IPV4_HEADER;

/** Whether a drop code is for lack of room, which the host should hear of (RFC 5508 REQ-8). */
export function isForLackOfRoom(code: number): boolean {
  return (
    code === PORTS_EXHAUSTED ||
    code === HOST_LIMIT ||
    code === PROTOCOL_IN_USE ||
    code === ASSOCIATIONS_EXHAUSTED
  );
}

/**
 * Writes the ICMP message, without an IP header, that tells the sender of a packet on its way out that it cannot go: destination
 * unreachable, code 13 (RFC 5508 REQ-8), quoting what is `available` of it. `into` has room for MAX_REFUSAL bytes. Returns the
 * message's length, or 0 where nothing may be answered.
 */
export function writeRefusal(view: DataView, packet: number, available: number, into: DataView): number {
  if (!isAnswerable(view, packet, available)) return 0;
  const quoted = Math.min(totalLength(view, packet), available, MAX_REFUSAL - ICMP_HEADER);
  const length = ICMP_HEADER + quoted;
  into.setUint32(0, (DESTINATION_UNREACHABLE << 24) | (PROHIBITED << 16));
  into.setUint32(4, 0);
  for (let i = 0; i < quoted; i++) into.setUint8(ICMP_HEADER + i, view.getUint8(packet + i));
  into.setUint16(2, checksum(sum(into, 0, length)));
  return length;
}

/**
 * RFC 1812 section 4.3.2.7: no error about an error, a later fragment, what goes to many, or what does not say which one host
 * it is from. Of ICMP only queries are answered.
 */
function isAnswerable(view: DataView, packet: number, available: number): boolean {
  const header = headerLength(view, packet, available);
  if (header < 0 || totalLength(view, packet) < header + QUOTED_PAYLOAD) return false;
  if (available < header + QUOTED_PAYLOAD || fragmentOffset(view, packet) !== 0) return false;
  if (isOfMany(destinationAddress(view, packet)) || !isOfOne(sourceAddress(view, packet))) return false;
  return protocol(view, packet) !== PROTOCOL_ICMP || isQuery(type(view, packet + header));
}

/** Multicast, reserved or broadcast. */
function isOfMany(address: number): boolean {
  return address >= 0xe0000000;
}

/** Not of network 0, loopback, multicast or broadcast (RFC 1812 section 5.3.7). */
function isOfOne(address: number): boolean {
  const network = address >>> 24;
  return network !== 0 && network !== 127 && !isOfMany(address);
}

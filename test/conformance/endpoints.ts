import type { IPv4 } from "../../runtime/src/addr/ipv4.ts";
import { updated16, updated32 } from "../../runtime/src/wire/checksum.ts";
import { ICMP, TCP, UDP } from "./packet.ts";

/** Rewriting of packets in place as nft's payload statements do: each checksum over a changed word is updated, not made anew. */

/** Which end of a packet. */
export type End = "source" | "destination";

const ADDRESS = { source: 12, destination: 16 };
const PORT = { source: 0, destination: 2 };
const IDENTIFIER = 4;
const HEADER_CHECKSUM = 10;

export function addressOf(packet: DataView, end: End): IPv4 {
  return packet.getUint32(ADDRESS[end]);
}

export function setAddress(packet: DataView, end: End, address: IPv4): void {
  const at = ADDRESS[end];
  const before = packet.getUint32(at);
  packet.setUint32(at, address);
  packet.setUint16(HEADER_CHECKSUM, updated32(packet.getUint16(HEADER_CHECKSUM), before, address));
  const check = transportChecksum(packet);
  // ICMP has no pseudo-header.
  if (check === undefined || packet.getUint8(9) === ICMP) return;
  packet.setUint16(check, updated32(packet.getUint16(check), before, address));
}

/** The port, or the identifier of an ICMP query. */
export function numberOf(packet: DataView, end: End): number {
  return packet.getUint16(numberAt(packet, end));
}

export function setNumber(packet: DataView, end: End, value: number): void {
  const at = numberAt(packet, end);
  const before = packet.getUint16(at);
  packet.setUint16(at, value);
  const check = transportChecksum(packet);
  if (check !== undefined) packet.setUint16(check, updated16(packet.getUint16(check), before, value));
}

export function headerOf(packet: DataView): number {
  return (packet.getUint8(0) & 15) * 4;
}

function numberAt(packet: DataView, end: End): number {
  return headerOf(packet) + (packet.getUint8(9) === ICMP ? IDENTIFIER : PORT[end]);
}

/** Undefined where there is none to update: another protocol, or a datagram without one. */
function transportChecksum(packet: DataView): number | undefined {
  const protocol = packet.getUint8(9);
  const header = headerOf(packet);
  if (protocol === ICMP) return header + 2;
  if (protocol === TCP) return header + 16;
  return protocol === UDP && packet.getUint16(header + 6) !== 0 ? header + 6 : undefined;
}

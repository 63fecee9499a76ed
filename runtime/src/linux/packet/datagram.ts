import type { IPv4 } from "../../addr/ipv4.ts";
import { checksum, sum } from "../../wire/checksum.ts";
import { MIN_IPV4_HEADER, PROTOCOL_UDP } from "../../wire/ipv4.ts";
import { UDP_HEADER } from "../../wire/udp.ts";

/** One end of a UDP datagram. */
export interface UdpEndpoint {
  address: IPv4;
  port: number;
}

/** A whole IPv4 packet (RFC 791) that carries `payload` over UDP (RFC 768), both checksums filled in. */
export function udpPacket(source: UdpEndpoint, destination: UdpEndpoint, payload: Uint8Array): Uint8Array {
  const udpLength = UDP_HEADER + payload.byteLength;
  const packet = new Uint8Array(MIN_IPV4_HEADER + udpLength);
  packet.set(payload, MIN_IPV4_HEADER + UDP_HEADER);
  const view = new DataView(packet.buffer);
  writeIPv4Header(view, source.address, destination.address);
  view.setUint16(MIN_IPV4_HEADER, source.port);
  view.setUint16(MIN_IPV4_HEADER + 2, destination.port);
  view.setUint16(MIN_IPV4_HEADER + 4, udpLength);
  // The pseudo-header is both addresses, the protocol and the length.
  const pseudoHeader = sum(view, 12, 8, PROTOCOL_UDP + udpLength);
  const check = checksum(sum(view, MIN_IPV4_HEADER, udpLength, pseudoHeader));
  // 0 would mean "no checksum"; its other ones'-complement form does not.
  view.setUint16(MIN_IPV4_HEADER + 6, check === 0 ? 0xffff : check);
  return packet;
}

function writeIPv4Header(view: DataView, source: IPv4, destination: IPv4): void {
  const VERSION_AND_LENGTH = 0x45;
  const DONT_FRAGMENT = 0x4000; // and so the identification may stay 0 (RFC 6864 section 4.1)
  const TIME_TO_LIVE = 64;
  view.setUint8(0, VERSION_AND_LENGTH);
  view.setUint16(2, view.byteLength);
  view.setUint16(6, DONT_FRAGMENT);
  view.setUint8(8, TIME_TO_LIVE);
  view.setUint8(9, PROTOCOL_UDP);
  view.setUint32(12, source);
  view.setUint32(16, destination);
  view.setUint16(10, checksum(sum(view, 0, MIN_IPV4_HEADER)));
}

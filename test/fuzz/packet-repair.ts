import { transportChecksum } from "../../runtime/src/nat/packets.fixture.ts";
import { checksum, sum } from "../../runtime/src/wire/checksum.ts";

/** Where each checksum stands in the transport header, by IP protocol. */
const CHECKSUM_AT: Record<number, number> = { 1: 2, 6: 16, 17: 6 };
const ICMP_HEADER = 8;

/** Makes every checksum of a packet right, as far as the packet goes: of a quoted packet first, then of what quotes it. */
export function repair(packet: DataView): DataView {
  const header = headerOf(packet);
  if (header < 0) return packet;
  packet.setUint16(10, 0);
  packet.setUint16(10, checksum(sum(packet, 0, header)));
  if (isError(packet, header)) {
    repair(
      new DataView(
        packet.buffer,
        packet.byteOffset + header + ICMP_HEADER,
        packet.byteLength - header - ICMP_HEADER,
      ),
    );
  }
  const protocol = packet.getUint8(9);
  const at = header + (CHECKSUM_AT[protocol] ?? Number.POSITIVE_INFINITY);
  if (at + 2 > packet.byteLength || !isFirst(packet)) return packet;
  packet.setUint16(at, 0);
  const whole = trimmed(packet, header);
  if (protocol === 1) packet.setUint16(at, checksum(sum(whole, header, whole.byteLength - header)));
  else packet.setUint16(at, transportChecksum(whole) || 0xffff);
  return packet;
}

/** The checksums of a packet that are wrong: "ip", "icmp", "tcp" or "udp", behind "quoted " for those of a quoted packet. */
export function wrongChecksums(packet: DataView, prefix = ""): string[] {
  const header = headerOf(packet);
  if (header < 0) return [`${prefix}header`];
  const wrong = checksum(sum(packet, 0, header)) === 0 ? [] : [`${prefix}ip`];
  const protocol = packet.getUint8(9);
  const at = header + (CHECKSUM_AT[protocol] ?? Number.POSITIVE_INFINITY);
  const total = packet.getUint16(2);
  // Cut, a transport checksum says nothing.
  if (at + 2 > packet.byteLength || !isFirst(packet) || total > packet.byteLength || total < at + 2)
    return wrong;
  const whole = trimmed(packet, header);
  if (protocol === 1) {
    const words = sum(whole, header, whole.byteLength - header);
    // An incremental update cannot know that nothing but zeros is left, where the other zero would be right (RFC 1624 section 3).
    if (words !== 0 && checksum(words) !== 0) wrong.push(`${prefix}icmp`);
  } else if (!(protocol === 17 && packet.getUint16(at) === 0) && transportChecksum(whole) !== 0) {
    wrong.push(prefix + (protocol === 6 ? "tcp" : "udp"));
  }
  if (!isError(whole, header)) return wrong;
  const quote = new DataView(
    whole.buffer,
    whole.byteOffset + header + ICMP_HEADER,
    whole.byteLength - header - ICMP_HEADER,
  );
  return [...wrong, ...wrongChecksums(quote, `quoted ${prefix}`)];
}

function headerOf(packet: DataView): number {
  if (packet.byteLength < 20) return -1;
  const header = (packet.getUint8(0) & 15) * 4;
  return header < 20 || header > packet.byteLength ? -1 : header;
}

function isFirst(packet: DataView): boolean {
  return (packet.getUint16(6) & 0x1fff) === 0;
}

function isError(packet: DataView, header: number): boolean {
  return (
    packet.getUint8(9) === 1 &&
    packet.byteLength >= header + ICMP_HEADER &&
    isFirst(packet) &&
    [3, 11, 12].includes(packet.getUint8(header))
  );
}

/** Without what lies behind the packet's own end. */
function trimmed(packet: DataView, header: number): DataView {
  const length = Math.min(packet.byteLength, Math.max(packet.getUint16(2), header));
  return new DataView(packet.buffer, packet.byteOffset, length);
}

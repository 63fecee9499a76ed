import { parseIPv4 } from "../addr/ipv4.ts";
import { checksum, sum } from "../wire/checksum.ts";

/** An IPv4 packet with right checksums in the IP header and, for ICMP, in the message; `options` are a multiple of four bytes. */
export function ipv4(
  protocol: number,
  source: string,
  destination: string,
  payload: Uint8Array,
  options = new Uint8Array(0),
): DataView {
  const header = 20 + options.length;
  const view = new DataView(new ArrayBuffer(header + payload.length));
  view.setUint16(0, 0x4000 + (header / 4) * 256);
  view.setUint16(2, view.byteLength);
  view.setUint16(8, 0x4000 | protocol);
  view.setUint32(12, parseIPv4(source)!);
  view.setUint32(16, parseIPv4(destination)!);
  const bytes = new Uint8Array(view.buffer);
  bytes.set(options, 20);
  bytes.set(payload, header);
  view.setUint16(10, checksum(sum(view, 0, header)));
  if (protocol === 1) view.setUint16(header + 2, checksum(sum(view, header, payload.length)));
  return view;
}

/** A transport header of `length` bytes with its ports; a TCP header's length is 20. */
export function ports(source: number, destination: number, length = 8): Uint8Array {
  const header = new Uint8Array(length);
  new DataView(header.buffer).setUint32(0, source * 65536 + destination);
  if (length >= 20) header[12] = 0x50;
  return header;
}

/** A UDP or TCP packet between "address:port"s with a right transport checksum. */
export function segment(
  protocol: 6 | 17,
  source: string,
  destination: string,
  { flags = 0, data = new Uint8Array(0), options = new Uint8Array(0) } = {},
): DataView {
  const [from = "", sourcePort] = source.split(":");
  const [to = "", destinationPort] = destination.split(":");
  const header = ports(Number(sourcePort), Number(destinationPort), protocol === 6 ? 20 : 8);
  const payload = Uint8Array.of(...header, ...data);
  const view = new DataView(payload.buffer);
  if (protocol === 6) view.setUint8(13, flags);
  else view.setUint16(4, payload.length);
  const packet = ipv4(protocol, from, to, payload, options);
  const at = 20 + options.length + (protocol === 6 ? 16 : 6);
  packet.setUint16(at, transportChecksum(packet) || 0xffff);
  return packet;
}

/** The checksum that the UDP or TCP of a whole packet lacks: 0 where the one it has is right. */
export function transportChecksum(packet: DataView): number {
  const header = (packet.getUint8(0) & 15) * 4;
  const length = packet.byteLength - header;
  const pseudo = packet.getUint8(9) + length;
  return checksum(sum(packet, header, length, sum(packet, 12, 8, pseudo)));
}

/** An ICMP message without its checksum. */
export function icmp(type: number, identifier: number, quoted?: DataView): Uint8Array {
  const message = new Uint8Array(8 + (quoted?.byteLength ?? 0));
  message[0] = type;
  new DataView(message.buffer).setUint16(4, identifier);
  if (quoted !== undefined) message.set(new Uint8Array(quoted.buffer), 8);
  return message;
}

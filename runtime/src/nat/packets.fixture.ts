import { parseIPv4 } from "../addr/ipv4.ts";
import { checksum, sum } from "../wire/checksum.ts";

/** An IPv4 packet with right checksums in the IP header and, for ICMP, in the message. */
export function ipv4(protocol: number, source: string, destination: string, payload: Uint8Array): DataView {
  const view = new DataView(new ArrayBuffer(20 + payload.length));
  view.setUint16(0, 0x4500);
  view.setUint16(2, view.byteLength);
  view.setUint16(8, 0x4000 | protocol);
  view.setUint32(12, parseIPv4(source)!);
  view.setUint32(16, parseIPv4(destination)!);
  view.setUint16(10, checksum(sum(view, 0, 20)));
  new Uint8Array(view.buffer).set(payload, 20);
  if (protocol === 1) view.setUint16(22, checksum(sum(view, 20, payload.length)));
  return view;
}

/** A transport header of `length` bytes with its ports; a TCP header's length is 20. */
export function ports(source: number, destination: number, length = 8): Uint8Array {
  const header = new Uint8Array(length);
  new DataView(header.buffer).setUint32(0, source * 65536 + destination);
  if (length >= 20) header[12] = 0x50;
  return header;
}

/** An ICMP message without its checksum. */
export function icmp(type: number, identifier: number, quoted?: DataView): Uint8Array {
  const message = new Uint8Array(8 + (quoted?.byteLength ?? 0));
  message[0] = type;
  new DataView(message.buffer).setUint16(4, identifier);
  if (quoted !== undefined) message.set(new Uint8Array(quoted.buffer), 8);
  return message;
}

import { updated32 } from "./checksum.ts";

/**
 * IPv4 header (RFC 791) over a DataView. `packet` is the offset of the header's first byte. Fields are read only after
 * `headerLength` has said that the header is whole.
 */
export const MIN_IPV4_HEADER = 20;

export const PROTOCOL_ICMP = 1;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;

/** Offsets of the address fields in the header. */
export const SOURCE_ADDRESS = 12;
export const DESTINATION_ADDRESS = 16;

const CHECKSUM = 10;

/** The header's length in bytes, 20 to 60, or -1 when the `available` bytes are no whole IPv4 header. */
export function headerLength(view: DataView, packet: number, available: number): number {
  if (available < MIN_IPV4_HEADER) return -1;
  const first = view.getUint8(packet);
  const length = (first & 15) * 4;
  return first >>> 4 !== 4 || length < MIN_IPV4_HEADER || length > available ? -1 : length;
}

export function totalLength(view: DataView, packet: number): number {
  return view.getUint16(packet + 2);
}

/** Where this fragment's payload belongs, in bytes; 0 in a first fragment and in a whole packet. */
export function fragmentOffset(view: DataView, packet: number): number {
  return (view.getUint16(packet + 6) & 0x1fff) * 8;
}

export function protocol(view: DataView, packet: number): number {
  return view.getUint8(packet + 9);
}

export function sourceAddress(view: DataView, packet: number): number {
  return view.getUint32(packet + SOURCE_ADDRESS);
}

export function destinationAddress(view: DataView, packet: number): number {
  return view.getUint32(packet + DESTINATION_ADDRESS);
}

/** Writes the address field at `field` (SOURCE_ADDRESS or DESTINATION_ADDRESS) and keeps the header checksum right. */
export function setAddress(view: DataView, packet: number, field: number, address: number): void {
  const check = view.getUint16(packet + CHECKSUM);
  view.setUint16(packet + CHECKSUM, updated32(check, view.getUint32(packet + field), address));
  view.setUint32(packet + field, address);
}

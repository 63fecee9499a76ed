/** UDP header (RFC 768) over a DataView; `datagram` is the offset of its first byte. TCP's ports stand at the same places. */
export const UDP_HEADER = 8;

export const SOURCE_PORT = 0;
export const DESTINATION_PORT = 2;

export function sourcePort(view: DataView, datagram: number): number {
  return view.getUint16(datagram + SOURCE_PORT);
}

export function destinationPort(view: DataView, datagram: number): number {
  return view.getUint16(datagram + DESTINATION_PORT);
}

/** Length of header and data in bytes. */
export function udpLength(view: DataView, datagram: number): number {
  return view.getUint16(datagram + 4);
}

/** TCP header (RFC 9293) over a DataView; `segment` is the offset of the header's first byte. */
export const MIN_TCP_HEADER = 20;

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const ACK = 0x10;

/** The control bits CWR to FIN. */
export function flags(view: DataView, segment: number): number {
  return view.getUint8(segment + 13);
}

/** The header's length in bytes, 20 to 60, or -1 when the data offset says less than a header. */
export function dataOffset(view: DataView, segment: number): number {
  const length = (view.getUint8(segment + 12) >>> 4) * 4;
  return length < MIN_TCP_HEADER ? -1 : length;
}

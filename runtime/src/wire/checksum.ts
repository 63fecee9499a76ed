/**
 * The Internet checksum (RFC 1071) and its incremental update (RFC 1624). A "sum" is an unfolded ones'-complement
 * sum that may be added to; a "checksum" is the 16-bit field as it stands in a header, in host order.
 */

/** Ones'-complement sum of `length` bytes from `offset`, as 16-bit big-endian words, an odd byte padded with zero. */
export function sum(view: DataView, offset: number, length: number, initial = 0): number {
  let total = initial;
  const end = offset + (length & ~1);
  for (let at = offset; at < end; at += 2) total += view.getUint16(at);
  if (length & 1) total += view.getUint8(end) << 8;
  return total;
}

/** Folds a sum below 2^48 to 16 bits. */
export function fold(total: number): number {
  let folded = total;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return folded;
}

/** The checksum field for a sum taken over the data with that field zero. */
export function checksum(total: number): number {
  return ~fold(total) & 0xffff;
}

/** The checksum after the 16-bit word `from` under it became `to` (RFC 1624 eqn. 3). */
export function updated16(check: number, from: number, to: number): number {
  return ~fold((~check & 0xffff) + (~from & 0xffff) + to) & 0xffff;
}

/** The checksum after the 32-bit word `from` under it became `to`. */
export function updated32(check: number, from: number, to: number): number {
  return updated16(updated16(check, from >>> 16, to >>> 16), from & 0xffff, to & 0xffff);
}

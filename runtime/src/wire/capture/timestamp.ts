/**
 * Writes nanoseconds since the Unix epoch as pcapng has them: the upper 32 of 64 bits first, then the lower, each
 * little-endian. `seconds` has 32 bits; `nanoseconds` is below 10^9.
 */
export function writeTimestamp(view: DataView, at: number, seconds: number, nanoseconds: number): void {
  // seconds * 10^9 does not fit into the 53 bits of a number, but each half of it does.
  const upper = (seconds >>> 16) * 1e9;
  const upperHigh = Math.floor(upper / 0x10000);
  const low = (upper - upperHigh * 0x10000) * 0x10000 + (seconds & 0xffff) * 1e9 + nanoseconds;
  const carry = Math.floor(low / 0x100000000);
  view.setUint32(at, upperHigh + carry, true);
  view.setUint32(at + 4, low - carry * 0x100000000, true);
}

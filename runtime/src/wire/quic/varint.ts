/** Variable-length integers (RFC 9000 section 16): the two most significant bits tell 1, 2, 4 or 8 octets, the rest is big-endian. */

/** The integer's length in octets, 1, 2, 4 or 8; 0 when it is not whole. */
export function varintLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first === undefined) return 0;
  const length = 1 << (first >>> 6);
  return at + length > bytes.length ? 0 : length;
}

/** The integer at `at`, which varintLength has found whole; past 2^53 it is rounded, and no length of anything here. */
export function varint(bytes: Uint8Array, at: number): number {
  const length = varintLength(bytes, at);
  let value = bytes[at]! & 0x3f;
  for (let i = 1; i < length; i++) value = value * 256 + bytes[at + i]!;
  return value;
}

/*
 * Integers of as many bytes as they need: seven bits each, the lowest first, the eighth says that more follow (LEB128). From 0 to 2^53;
 * differences, which may be below 0, as zigzag: 0, -1, 1, -2, ...
 */

/** Bytes of a varint at most. */
export const MAX_VARINT = 8;
/** Below this, integers are calculated with as such, several times faster. */
const INT32 = 2 ** 31;

/** Writes one at `at`, where there must be room; where the next goes. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let next = at;
  let rest = value;
  for (; rest >= INT32; rest = Math.floor(rest / 0x80)) bytes[next++] = (rest % 0x80) | 0x80;
  let low = rest | 0;
  for (; low >= 0x80; low >>>= 7) bytes[next++] = (low & 0x7f) | 0x80;
  bytes[next++] = low;
  return next;
}

/** The same for a difference. */
export function writeDifference(bytes: Uint8Array, at: number, value: number): number {
  return writeVarint(bytes, at, value < 0 ? -2 * value - 1 : 2 * value);
}

/** Reads varints one after the other. Past the end they are NaN, which no comparison passes. */
export class VarintReader {
  bytes: Uint8Array = new Uint8Array();
  /** Where the next one is. */
  at = 0;

  difference(): number {
    const value = this.varint();
    if (value < INT32) return (value >>> 1) ^ -(value & 1);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  varint(): number {
    const { bytes } = this;
    const low = bytes[this.at++]!;
    if (low < 0x80) return low;
    const second = bytes[this.at++]!;
    if (second < 0x80) return (low & 0x7f) | (second << 7);
    const third = bytes[this.at++]!;
    const value = (low & 0x7f) | ((second & 0x7f) << 7) | ((third & 0x7f) << 14);
    return third < 0x80 ? value : this.#long(value);
  }

  /** What follows three bytes: past 32 bits, shifts do not reach. */
  #long(start: number): number {
    let value = start;
    for (let scale = 2 ** 21; ; scale *= 0x80) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) return Number.NaN;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }
}

import { repair } from "./packet-repair.ts";

/** A stream of pseudo-random 32-bit numbers that a seed determines (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** An integer from 0 to below `bound`. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * bound);
  }

  oneOf<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }
}

const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x45, 0x46, 0x4f, 0x50, 0x40];
const WORDS = [0, 1, 19, 20, 27, 28, 29, 0x1fff, 0x2000, 0x4000, 0x7fff, 0x8000, 0xffff];
/** Header bytes whose change leads somewhere else: lengths, fragments, protocol, the ICMP type, and the same of what it quotes. */
const TELLING = [0, 2, 3, 6, 7, 9, 12, 16, 20, 21, 26, 28, 30, 31, 34, 35, 37, 40, 44, 48, 49, 52, 60];

/** A packet of the corpus with up to six changes and, mostly, right checksums again, so that it is not refused for those alone. */
export function mutated(packets: readonly DataView[], dice: Dice): Uint8Array {
  const original = dice.oneOf(packets);
  let bytes = Uint8Array.from(new Uint8Array(original.buffer));
  for (let changes = dice.below(7); changes > 0; changes--) bytes = changed(bytes, packets, dice);
  if (dice.below(4) > 0) repair(new DataView(bytes.buffer));
  // Damage that no repair hides.
  if (dice.below(8) === 0 && bytes.length > 0) bytes[dice.below(bytes.length)] = dice.below(256);
  return bytes;
}

function changed(
  bytes: Uint8Array<ArrayBuffer>,
  packets: readonly DataView[],
  dice: Dice,
): Uint8Array<ArrayBuffer> {
  const at = dice.below(bytes.length);
  switch (dice.below(8)) {
    case 0:
      bytes[at]! ^= 1 << dice.below(8);
      return bytes;
    case 1:
      bytes[at] = dice.oneOf(EDGES);
      return bytes;
    case 2:
      bytes[dice.oneOf(TELLING)] = dice.below(256);
      return bytes;
    case 3: {
      const word = dice.below(2) === 0 ? dice.oneOf(WORDS) : bytes.length - dice.below(40);
      const field = dice.oneOf(TELLING);
      if (field + 2 <= bytes.length) bytes.set([(word >>> 8) & 255, word & 255], field);
      return bytes;
    }
    case 4:
      return bytes.slice(0, at);
    case 5:
      return withLength(Uint8Array.of(...bytes, ...new Uint8Array(dice.below(64))));
    case 6: {
      const other = dice.oneOf(packets);
      const tail = new Uint8Array(other.buffer).subarray(dice.below(other.byteLength));
      return withLength(Uint8Array.of(...bytes.subarray(0, at), ...tail));
    }
    default:
      return withLength(bytes);
  }
}

/** With the total length that it has. */
function withLength(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.length >= 4) bytes.set([(bytes.length >>> 8) & 255, bytes.length & 255], 2);
  return bytes;
}

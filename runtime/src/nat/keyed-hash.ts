/**
 * Hashes keys of two or three words under a secret. Who sends packets chooses the keys, from outside too; without the
 * secret nobody can choose many that meet in one place.
 */
export class KeyedHash {
  readonly #first: number;
  readonly #second: number;

  /** `random` is uniform in [0, 1). */
  constructor(random: () => number) {
    this.#first = (random() * 2 ** 32) | 0;
    this.#second = (random() * 2 ** 32) | 0;
  }

  /** 32 bits, as a signed number. The words count modulo 2^32. */
  of(a: number, b: number, c: number): number {
    const h = mix(a ^ this.#first);
    return mix(h ^ (Math.imul(b, 0x9e3779b1) + c) ^ this.#second);
  }
}

/** murmur3's finalizer. */
function mix(word: number): number {
  let h = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

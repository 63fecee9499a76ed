/** Typing errors cost nothing. */
const FREE = 5;
const LONGEST_MS = 300_000;
/** So much later a wrong password is forgotten. */
const MEMORY_MS = 3_600_000;
/** Addresses remembered: more than a home has. Whoever takes more of them pays five guesses for each, and one at a time. */
const MOST = 4096;

interface Tries {
  wrong: number;
  last: number;
  isTrying: boolean;
}

/**
 * Wrong passwords make the address they came from wait: from the fifth on a second, doubled each time up to five minutes. Other
 * addresses are not concerned, so nobody can keep the owner out. One address has one try at a time.
 */
export class SlowDown {
  readonly #tries = new Map<string, Tries>();

  /** `now` gives ms on a clock that nobody sets. */
  constructor(private readonly now: () => number) {}

  /** 0: the try has begun, and `end` must follow; else the ms after which `address` may try again. */
  begin(address: string): number {
    const tries = this.#of(address);
    // The wait behind a try that goes on is unknown, and short.
    const wait = tries.isTrying ? 1_000 : this.#wait(tries);
    if (wait === 0) tries.isTrying = true;
    return wait;
  }

  /** How the try went; "unknown": it was not decided. */
  end(address: string, outcome: "right" | "wrong" | "unknown"): void {
    const tries = this.#of(address);
    tries.isTrying = false;
    if (outcome === "wrong") {
      tries.wrong++;
      tries.last = this.now();
      // To the end: the first of the map is the one that was wrong the longest ago.
      this.#tries.delete(address);
      this.#tries.set(address, tries);
    } else if (outcome === "right" || tries.wrong === 0) this.#tries.delete(address);
  }

  #wait({ wrong, last }: Tries): number {
    if (wrong < FREE) return 0;
    return Math.max(0, last + Math.min(LONGEST_MS, 1_000 * 2 ** (wrong - FREE)) - this.now());
  }

  #of(address: string): Tries {
    const now = this.now();
    const known = this.#tries.get(address);
    if (known !== undefined && (known.isTrying || now - known.last < MEMORY_MS)) return known;
    if (known === undefined && this.#tries.size >= MOST) this.#forgetOldest();
    const fresh = { wrong: 0, last: now, isTrying: false };
    this.#tries.set(address, fresh);
    return fresh;
  }

  #forgetOldest(): void {
    for (const [address, { isTrying }] of this.#tries) {
      if (isTrying) continue;
      this.#tries.delete(address);
      return;
    }
  }
}

/** Typing errors cost nothing. */
const FREE = 5;
const LONGEST_MS = 300_000;
/** So much later a wrong password is forgotten. */
const MEMORY_MS = 3_600_000;
/** Addresses remembered: more than a home has. Whoever takes more of them pays five guesses for each, and one at a time. */
const MOST = 4096;

interface Record {
  wrong: number;
  last: number;
  isTrying: boolean;
}

/**
 * Wrong passwords make the address they came from wait: from the fifth on a second, doubled each time up to five minutes. Other
 * addresses are not concerned, so nobody can keep the owner out. One address has one try at a time.
 */
export class SlowDown {
  readonly #records = new Map<string, Record>();

  /** `now` gives ms on a clock that nobody sets. */
  constructor(private readonly now: () => number) {}

  /** 0: the try has begun, and `end` must follow; else the ms after which `address` may try again. */
  begin(address: string): number {
    const record = this.#of(address);
    // The wait behind a try that goes on is unknown, and short.
    const wait = record.isTrying ? 1_000 : this.#wait(record);
    if (wait === 0) record.isTrying = true;
    return wait;
  }

  /** How the try went; "unknown": it was not decided. */
  end(address: string, outcome: "right" | "wrong" | "unknown"): void {
    const record = this.#of(address);
    record.isTrying = false;
    if (outcome === "wrong") {
      record.wrong++;
      record.last = this.now();
      // To the end: the first of the map is the one that was wrong the longest ago.
      this.#records.delete(address);
      this.#records.set(address, record);
    } else if (outcome === "right" || record.wrong === 0) this.#records.delete(address);
  }

  #wait({ wrong, last }: Record): number {
    if (wrong < FREE) return 0;
    return Math.max(0, last + Math.min(LONGEST_MS, 1_000 * 2 ** (wrong - FREE)) - this.now());
  }

  #of(address: string): Record {
    const now = this.now();
    const known = this.#records.get(address);
    if (known !== undefined && (known.isTrying || now - known.last < MEMORY_MS)) return known;
    if (known === undefined && this.#records.size >= MOST) this.#forgetOldest();
    const fresh = { wrong: 0, last: now, isTrying: false };
    this.#records.set(address, fresh);
    return fresh;
  }

  #forgetOldest(): void {
    for (const [address, { isTrying }] of this.#records) {
      if (isTrying) continue;
      this.#records.delete(address);
      return;
    }
  }
}

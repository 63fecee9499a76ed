/** Long enough that guessing over the network is hopeless without any rule on what is in it (NIST SP 800-63B 3.1.1.2). */
export const LEAST_LENGTH = 10;
export const GREATEST_LENGTH = 128;

/** What OWASP asks of argon2id at least: KiB, and passes over them. A small router's processor takes a tenth of a second. */
const COST = { algorithm: "argon2id", memoryCost: 19_456, timeCost: 2 } as const;

/** Both fit the memory and the two cores of a small router. */
const AT_ONCE = 2;
/** A second or two of work; a home has no more people that sign in at once. */
const WAITING = 16;

/** Too many passwords are being checked. */
export class Busy extends Error {}

/** Whether a password may be chosen: its length in characters is all that matters. */
export function isChoosable(password: string): boolean {
  const length = [...composed(password)].length;
  return length >= LEAST_LENGTH && length <= GREATEST_LENGTH;
}

/** Hashes and checks passwords, two at once; the others wait in line, and beyond that they are turned away with `Busy`. */
export class PasswordHasher {
  #running = 0;
  readonly #line: (() => void)[] = [];

  hash(password: string): Promise<string> {
    return this.#inTurn(() => Bun.password.hash(composed(password), COST));
  }

  /** Takes the same time whatever the password is. */
  verify(password: string, hash: string): Promise<boolean> {
    return this.#inTurn(() => Bun.password.verify(composed(password), hash));
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < AT_ONCE) this.#running++;
    else if (this.#line.length >= WAITING) throw new Busy();
    else await new Promise<void>((resolve) => this.#line.push(resolve));
    try {
      return await work();
    } finally {
      // Whoever is next takes this place over.
      const next = this.#line.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}

/** Keyboards spell the same character in different ways (RFC 8265 section 4.2.2). */
function composed(password: string): string {
  return password.normalize("NFC");
}

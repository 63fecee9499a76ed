import { createHash, randomBytes } from "node:crypto";

const HOUR_MS = 3_600_000;
/** Who looks in at weekends stays signed in; a phone that was lost is out a week later. */
export const IDLE_MS = 7 * 24 * HOUR_MS;
/** The cookie goes over the air at home unencrypted, so that what was overheard is worth something for a month at most. */
export const LIFETIME_MS = 30 * 24 * HOUR_MS;
/** More than the browsers of an owner; past that the one unused for the longest time is signed out. */
export const MOST = 64;

/** 32 random bytes as base64url (RFC 4648 section 5), without padding. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

interface Session {
  /** SHA-256 of the password's hash with which it began: with another password, it has ended. */
  account: string;
  began: number;
  used: number;
}

/** A session as it outlives the program: SHA-256 of its token and of its account, and the ms since it began and since it was used. */
export interface KeptSession {
  token: string;
  account: string;
  age: number;
  idle: number;
}

/** Who has signed in. Of a token only its SHA-256 is kept. */
export class Sessions {
  /** By the digest of the token. */
  readonly #sessions = new Map<string, Session>();

  /** `now` gives ms on a clock that nobody sets. */
  constructor(private readonly now: () => number) {}

  /** The token of a new session. */
  begin(account: string): string {
    this.#drop();
    const token = randomBytes(32).toString("base64url");
    const now = this.now();
    this.#sessions.set(digest(token), { account: digest(account), began: now, used: now });
    return token;
  }

  /** Whether `token` is that of a session of `account`; asking counts as use. */
  use(token: string, account: string): boolean {
    if (!TOKEN.test(token)) return false;
    const key = digest(token);
    const session = this.#sessions.get(key);
    if (session === undefined) return false;
    if (session.account !== digest(account) || !this.#lives(session)) {
      this.#sessions.delete(key);
      return false;
    }
    session.used = this.now();
    return true;
  }

  /** False: there was none. */
  end(token: string): boolean {
    return this.#sessions.delete(digest(token));
  }

  /** For `restore`. */
  kept(): KeptSession[] {
    const now = this.now();
    return [...this.#sessions]
      .filter(([_, session]) => this.#lives(session))
      .map(([token, { account, began, used }]) => ({ token, account, age: now - began, idle: now - used }));
  }

  /** Goes on with the sessions of an earlier run. */
  restore(sessions: readonly KeptSession[]): void {
    const now = this.now();
    for (const { token, account, age, idle } of sessions)
      this.#sessions.set(token, { account, began: now - age, used: now - idle });
  }

  #lives({ began, used }: Session): boolean {
    const now = this.now();
    return now - used < IDLE_MS && now - began < LIFETIME_MS;
  }

  /** Makes room for one more. */
  #drop(): void {
    for (const [key, session] of this.#sessions) if (!this.#lives(session)) this.#sessions.delete(key);
    if (this.#sessions.size < MOST) return;
    const [oldest] = [...this.#sessions].reduce((least, entry) =>
      entry[1].used < least[1].used ? entry : least,
    );
    this.#sessions.delete(oldest);
  }
}

/** Looking up by it tells nothing of the token by the time it takes. */
function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

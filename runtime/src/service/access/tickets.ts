import { createHash, randomBytes } from "node:crypto";

/** Long enough to follow the router to another address. */
const LIFETIME_MS = 5 * 60_000;
/** More than the changes anybody tries at once. */
const MOST = 8;

interface Ticket {
  /** The password's hash with which it was given. */
  account: string;
  given: number;
}

/** One-time sign-ins that the owner's browser takes along to another address, where its cookie is not sent. In memory only. */
export class Tickets {
  readonly #tickets = new Map<string, Ticket>();

  /** `now` gives ms on a clock that nobody sets. */
  constructor(private readonly now: () => number) {}

  give(account: string): string {
    const [oldest] = this.#tickets.keys();
    if (this.#tickets.size >= MOST && oldest !== undefined) this.#tickets.delete(oldest);
    const ticket = randomBytes(32).toString("base64url");
    this.#tickets.set(digest(ticket), { account, given: this.now() });
    return ticket;
  }

  /** Whether `ticket` was given to the owner of `account` and not used yet; it is now. */
  take(ticket: string, account: string): boolean {
    const key = digest(ticket);
    const given = this.#tickets.get(key);
    this.#tickets.delete(key);
    return given !== undefined && given.account === account && this.now() - given.given < LIFETIME_MS;
  }
}

function digest(ticket: string): string {
  return createHash("sha256").update(ticket).digest("base64url");
}

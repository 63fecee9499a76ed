import type { Config } from "../../config/schema.ts";
import { createLog, type Log } from "../log.ts";
import { type Account, OwnerAccount } from "./account.ts";
import { Busy, isChoosable, PasswordHasher } from "./password.ts";
import { SessionFile } from "./session-file.ts";
import { Sessions } from "./sessions.ts";
import { SlowDown } from "./slow-down.ts";
import { Tickets } from "./tickets.ts";

export interface AccessOptions {
  /** The folder of what must survive a reboot. */
  state: string;
  /** Who may see what devices do, as it is configured now. */
  visibleTo(): Config["traffic"]["visibleTo"];
  /** ms on a clock that nobody sets. */
  now?(): number;
  /** ms since the Unix epoch. */
  date?(): number;
  log?: Log;
}

/** A browser that is used keeps its session alive: that is written down no more often than this, for the disk's sake. */
const KEEP_USE_EVERY_MS = 3_600_000;

/** Why somebody was not signed in, or a password not chosen. */
export type AccessProblem =
  | "owner-exists"
  | "no-owner"
  | "unreadable"
  | "length"
  | "wrong"
  | "ticket"
  | "slow-down"
  | "busy";

export class AccessError extends Error {
  override name = "AccessError";
  constructor(
    readonly problem: AccessProblem,
    /** When trying again makes sense; 0 where time changes nothing. */
    readonly retryAfterMs = 0,
  ) {
    super(problem);
  }
}

/**
 * The owner: a password, and the browsers that have proved to know it. Until one is chosen, whoever comes first chooses it: trust
 * on first use, by which a router without any printed secret comes to an owner. `address` is where a try comes from.
 */
export class Access {
  readonly account: OwnerAccount;
  readonly #options: AccessOptions;
  readonly #log: Log;
  readonly #hasher = new PasswordHasher();
  readonly #sessions: Sessions;
  readonly #sessionFile: SessionFile;
  readonly #now: () => number;
  #keptAt: number;
  readonly #tickets: Tickets;
  readonly #slowDown: SlowDown;
  /** One password is written after the other, so that of two who come first at once one is. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(options: AccessOptions) {
    const now = options.now ?? (() => performance.now());
    this.#options = options;
    this.#log = options.log ?? createLog("access");
    this.account = new OwnerAccount(options.state, this.#log);
    this.#now = now;
    this.#keptAt = now();
    this.#sessions = new Sessions(now);
    this.#sessionFile = new SessionFile(options.state, this.#log, options.date);
    this.#sessions.restore(this.#sessionFile.read());
    this.#tickets = new Tickets(now);
    this.#slowDown = new SlowDown(now);
  }

  get owner(): "none" | "set" {
    return this.account.read() === "none" ? "none" : "set";
  }

  get visibleTo(): Config["traffic"]["visibleTo"] {
    return this.#options.visibleTo();
  }

  /** Whether `token` is that of a browser of the owner; asking keeps it signed in. */
  isOwners(token: string): boolean {
    const account = this.account.read();
    if (typeof account !== "object" || !this.#sessions.use(token, account.hash)) return false;
    if (this.#now() - this.#keptAt >= KEEP_USE_EVERY_MS) void this.#keepSessions();
    return true;
  }

  /** The first password; the token of the browser that chose it. Throws AccessError and StorageError. */
  choose(password: string, address: string): Promise<string> {
    return this.#try(address, async () => {
      if (this.account.read() !== "none") throw new AccessError("owner-exists");
      requireChoosable(password);
      const token = await this.#keep(password, "none");
      this.#log.info(`${address} has chosen the owner's password`);
      return token;
    });
  }

  /** The token of a new session. Throws AccessError. */
  signIn(password: string, address: string): Promise<string> {
    return this.#try(address, async () => {
      const hash = await this.#proved(password);
      this.#log.news("sign-in", `the owner has signed in at ${address}`);
      return this.#begin(hash);
    });
  }

  /** For the owner's browser to sign in at another address of the router; null while there is no owner. */
  ticket(): string | null {
    const account = this.account.read();
    return typeof account === "object" ? this.#tickets.give(account.hash) : null;
  }

  /** The token of a new session, for a ticket that was not used yet. Throws AccessError. */
  redeem(ticket: string, address: string): Promise<string> {
    return this.#try(address, async () => {
      const hash = this.#known();
      if (!this.#tickets.take(ticket, hash)) throw new AccessError("ticket");
      this.#log.news("sign-in", `the owner's browser has followed to another address, at ${address}`);
      return this.#sessions.begin(hash);
    });
  }

  /** Puts `next` in place of `old`, which signs every other browser out. Throws AccessError and StorageError. */
  changePassword(old: string, next: string, address: string): Promise<string> {
    return this.#try(address, async () => {
      requireChoosable(next);
      const hash = await this.#proved(old);
      const token = await this.#keep(next, hash);
      this.#log.info(`the owner's password was changed at ${address}`);
      return token;
    });
  }

  /** Ends a session at once; after the promise it has ended for the time after a restart, too. */
  async signOut(token: string): Promise<void> {
    if (this.#sessions.end(token)) await this.#keepSessions();
  }

  /** Forgets the owner; everybody is signed out. For who is at the router itself. Throws the system's error. */
  reset(): void {
    const wasSet = this.account.remove();
    this.#sessionFile.remove();
    if (wasSet) this.#log.info("the owner's password was reset at the router itself");
  }

  async #begin(hash: string): Promise<string> {
    const token = this.#sessions.begin(hash);
    await this.#keepSessions();
    return token;
  }

  #keepSessions(): Promise<void> {
    this.#keptAt = this.#now();
    return this.#sessionFile.keep(() => this.#sessions.kept());
  }

  /** The hash that `password` fits. */
  async #proved(password: string): Promise<string> {
    const account = this.#known();
    if (!(await this.#hasher.verify(password, account))) throw new AccessError("wrong");
    return account;
  }

  #known(): string {
    const account = this.account.read();
    if (account === "none") throw new AccessError("no-owner");
    if (account === "unreadable") throw new AccessError("unreadable");
    return account.hash;
  }

  /** Makes `password` the owner's unless somebody else was quicker than who has seen the account `before`. */
  async #keep(password: string, before: string): Promise<string> {
    const hash = await this.#hasher.hash(password);
    const written = this.#writing.then(async () => {
      if (nameOf(this.account.read()) !== before)
        throw new AccessError(before === "none" ? "owner-exists" : "wrong");
      await this.account.keep(hash);
    });
    this.#writing = written.catch(() => {});
    await written;
    return this.#begin(hash);
  }

  /** One try of `address`, whose wrong passwords make it wait. */
  async #try(address: string, attempt: () => Promise<string>): Promise<string> {
    const wait = this.#slowDown.begin(address);
    if (wait > 0) throw new AccessError("slow-down", wait);
    let outcome: "right" | "wrong" | "unknown" = "unknown";
    try {
      const token = await attempt();
      outcome = "right";
      return token;
    } catch (error) {
      if (error instanceof Busy) throw new AccessError("busy", 1_000);
      if (error instanceof AccessError && (error.problem === "wrong" || error.problem === "ticket")) {
        outcome = "wrong";
        this.#log.limited(
          "wrong password",
          `a wrong ${error.problem === "wrong" ? "password" : "ticket"} came from ${address}`,
        );
      }
      throw error;
    } finally {
      this.#slowDown.end(address, outcome);
    }
  }
}

function requireChoosable(password: string): void {
  if (!isChoosable(password)) throw new AccessError("length");
}

function nameOf(account: Account): string {
  return typeof account === "object" ? account.hash : account;
}

import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { writeDurably } from "../../linux/storage/durable.ts";
import type { Log } from "../log.ts";
import { type KeptSession, LIFETIME_MS, MOST } from "./sessions.ts";

/** SHA-256 as base64url. */
const Digest = Type.String({ pattern: "^[A-Za-z0-9_-]{43}$" });
const Age = Type.Number({ minimum: 0, maximum: LIFETIME_MS });
const Stored = Type.Object({
  /** When it was written: milliseconds since the Unix epoch. */
  at: Type.Number({ minimum: 0 }),
  sessions: Type.Array(Type.Object({ token: Digest, account: Digest, age: Age, idle: Age }), {
    maxItems: MOST,
  }),
});
/** Bytes: more than as many sessions take. */
const LARGEST = 64 * 1024;

/**
 * Who has signed in, the file sessions.json that only root may read: the owner stays signed in while the control plane restarts. Nobody can
 * sign in with what is in it. One that cannot be used signs everybody out and does no other harm.
 */
export class SessionFile {
  readonly #path: string;
  /** One is written after the other, so that the latest stays. */
  #writing: Promise<void> = Promise.resolve();

  /** `date` gives milliseconds since the Unix epoch. */
  constructor(
    folder: string,
    private readonly log: Log,
    private readonly date: () => number = Date.now,
  ) {
    this.#path = join(folder, "sessions.json");
  }

  /** The sessions with their ages of now. By a clock that has gone back since, no time has passed. */
  read(): KeptSession[] {
    try {
      if (statSync(this.#path).size > LARGEST) throw new RangeError("it is too large");
      const { at, sessions } = Value.Parse(Stored, JSON.parse(readFileSync(this.#path, "utf8")));
      const passed = Math.max(0, this.date() - at);
      return sessions.map(({ age, idle, ...session }) => ({
        ...session,
        age: age + passed,
        idle: idle + passed,
      }));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT")
        this.log.warn("sessions.json cannot be used, so everybody has to sign in again");
      return [];
    }
  }

  /** Keeps what `sessions` tells once it is written; rather nobody than who is not signed in any more. Never rejects. */
  keep(sessions: () => KeptSession[]): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      const stored: Static<typeof Stored> = { at: this.date(), sessions: sessions() };
      try {
        await writeDurably(this.#path, `${JSON.stringify(stored)}\n`);
      } catch (error) {
        this.log.limited("sessions", `${(error as Error).message}; a restart signs everybody out`);
        this.#removeIfPossible();
      }
    });
    return this.#writing;
  }

  /** Throws the system's error. */
  remove(): void {
    rmSync(this.#path, { force: true });
  }

  #removeIfPossible(): void {
    try {
      this.remove();
    } catch (error) {
      this.log.limited("sessions left", `${this.#path} cannot be removed: ${(error as Error).message}`);
    }
  }
}

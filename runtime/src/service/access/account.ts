import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { writeDurably } from "../../linux/storage/durable.ts";
import type { Log } from "../log.ts";

/** Argon2's own way to write parameters, salt and hash (PHC string format). */
const ARGON2ID =
  "^\\$argon2id\\$v=19\\$m=[0-9]{1,6},t=[0-9],p=[0-9]\\$[A-Za-z0-9+/]{22,}\\$[A-Za-z0-9+/]{42,}$";
const Stored = Type.Object({ password: Type.String({ pattern: ARGON2ID }) });

/** The owner's password as its argon2id hash; "none": nobody has chosen one; "unreadable": there is one, but nothing fits it. */
export type Account = { readonly hash: string } | "none" | "unreadable";

/**
 * The owner's account, the file owner.json that only root may read. Whoever removes it has reset the password, and that holds at
 * once: the file is looked at each time. One that cannot be read must not make the next stranger the owner, so it is not "none".
 */
export class OwnerAccount {
  readonly path: string;
  #stamp: string | undefined;
  #account: Account = "none";

  constructor(
    folder: string,
    private readonly log: Log,
  ) {
    this.path = join(folder, "owner.json");
  }

  read(): Account {
    const stamp = this.#stampNow();
    if (stamp !== this.#stamp) {
      this.#stamp = stamp;
      this.#account = this.#load();
    }
    return this.#account;
  }

  /** It is on the disk when the promise resolves. Throws StorageError. */
  async keep(hash: string): Promise<void> {
    await writeDurably(this.path, `${JSON.stringify({ password: hash } satisfies Static<typeof Stored>)}\n`);
  }

  /** False: there was none. Throws the system's error. */
  remove(): boolean {
    const isThere = this.#stampNow() !== undefined;
    rmSync(this.path, { force: true });
    return isThere;
  }

  /** Which file it is and when it was written last; undefined: there is none. */
  #stampNow(): string | undefined {
    try {
      const file = statSync(this.path, { bigint: true, throwIfNoEntry: false });
      return file && `${file.ino} ${file.ctimeNs}`;
    } catch (error) {
      return `${error}`;
    }
  }

  #load(): Account {
    if (this.#stamp === undefined) return "none";
    try {
      const { password } = Value.Parse(Stored, JSON.parse(readFileSync(this.path, "utf8")));
      return { hash: password };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return "none";
      this.log.error("owner.json cannot be used, so nobody can sign in; gatehouse owner reset removes it");
      return "unreadable";
    }
  }
}

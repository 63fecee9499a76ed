import { type Change, diff } from "../../config/diff.ts";
import type { Fault } from "../../config/faults.ts";
import { migrate } from "../../config/migrate.ts";
import { parseConfig } from "../../config/parse.ts";
import type { Config } from "../../config/schema.ts";
import { fillHidden } from "../../config/secrets.ts";
import type { Outcome } from "../configuration/service.ts";
import { type Backup, passphraseFault, type RandomBytes, readBackup, writeBackup } from "./backup.ts";
import type { ConfigStore, HistoryEntry, Revision } from "./store.ts";

/** Through whom every change goes. */
export interface Proposer {
  current(): { config: Config };
  propose(document: unknown, who: string, why: string): Promise<Outcome>;
}

/** A file that was exported, and what it takes to read it. */
export interface Import {
  file: unknown;
  /** null: the secrets stay hidden, and `secrets` has them. */
  passphrase?: string | null;
  /** Secrets that the file leaves out, by their paths. */
  secrets: ReadonlyMap<string, string>;
}

/** What the configuration was, and how it comes back: from a revision, or from a file. */
export class Revisions {
  constructor(
    private readonly store: ConfigStore,
    private readonly configuration: Proposer,
    private readonly random: RandomBytes,
    private readonly now: () => number = Date.now,
  ) {}

  /** At most `limit` revisions, newest first, from the newest or the newest before `before` on. */
  history(limit: number, before?: number): Promise<HistoryEntry[]> {
    return this.store.history(limit, before);
  }

  /** Revision `number`, and what differs in it from the usable one before. Throws RevisionError. */
  async read(number: number): Promise<{ revision: Revision; before: number; changes: Change[] }> {
    const { revision, config } = await this.store.read(number);
    const before = await this.store.before(number);
    return { revision, before: before.revision.number, changes: diff(before.config, config) };
  }

  /** What would change if revision `number` came back. Throws RevisionError. */
  async restoring(number: number): Promise<Change[]> {
    const { config } = await this.store.read(number);
    return diff(this.configuration.current().config, config);
  }

  /** Makes what revision `number` was the newest revision. Throws RevisionError, and what the proposer throws. */
  async restore(number: number, who: string): Promise<Outcome> {
    const { config } = await this.store.read(number);
    return this.configuration.propose(config, who, number === 0 ? "as delivered" : `as revision ${number}`);
  }

  /** The present configuration as a file; without a passphrase its secrets are left out. */
  async export(passphrase: string | undefined): Promise<Backup | { faults: Fault[] }> {
    const fault = passphrase === undefined ? undefined : passphraseFault(passphrase);
    if (fault !== undefined) return { faults: [fault] };
    return writeBackup(this.configuration.current().config, passphrase, this.now(), this.random);
  }

  /** What would change if the file was imported. */
  async importing(given: Import): Promise<{ changes: Change[] } | { faults: Fault[] }> {
    const read = await importedFrom(given);
    if ("faults" in read) return read;
    return { changes: diff(this.configuration.current().config, read.config) };
  }

  /** Makes the file's configuration the newest revision. Throws what the proposer throws. */
  async import(given: Import, who: string): Promise<Outcome> {
    const read = await importedFrom(given);
    if ("faults" in read) return read;
    return this.configuration.propose(read.config, who, `from a file of ${read.exported.slice(0, 10)}`);
  }
}

/** Faults are those of the fields `file` and `passphrase`, or of the document's. */
async function importedFrom({
  file,
  passphrase,
  secrets,
}: Import): Promise<{ config: Config; exported: string } | { faults: Fault[] }> {
  const read = await readBackup(file, passphrase);
  if ("fault" in read) return { faults: [read.fault] };
  const parsed = parseConfig(fillHidden(migrate(read.document), secrets));
  return "faults" in parsed ? parsed : { config: parsed.config, exported: read.exported };
}

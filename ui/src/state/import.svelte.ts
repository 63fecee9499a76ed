import type { NoAnswer } from "../api/answer.ts";
import { type Change, type Changed, checkImport, importConfiguration } from "../api/revisions.ts";
import { type ChosenFile, chosen, isSecret } from "./import.ts";

/** A file on its way in: chosen, opened, looked at, taken over. */
export class Import {
  file = $state.raw<ChosenFile | null>(null);
  passphrase = $state("");
  /** The passphrase is lost: its secrets are given again. */
  isWithout = $state(false);
  /** Secrets given here, by their paths. */
  secrets = $state.raw<Record<string, string>>({});
  /** The secrets that have to be given, by their paths. */
  wanted = $state.raw<string[]>([]);
  /** What it would change; null: not known yet. */
  changes = $state.raw<Change[] | null>(null);
  isBusy = $state(false);
  fault = $state.raw<NoAnswer | null>(null);
  private unreadable = $state("");

  /** What is wrong, by field of the request or of the document. */
  readonly faults = $derived(
    Object.fromEntries(this.fault?.fields.map(({ field, reason }) => [field, reason]) ?? []),
  );
  readonly fileFault = $derived(this.unreadable || this.faults.file);
  /** Faults of the document in the file, which is to be mended before it is exported. */
  readonly documentFaults = $derived(
    this.fault?.fields.filter(({ field }) => !["file", "passphrase"].includes(field) && !isSecret(field)) ??
      [],
  );

  async choose(file: File | undefined): Promise<void> {
    this.clear();
    if (file === undefined) return;
    const result = await chosen(file);
    if (typeof result === "string") this.unreadable = result;
    else this.file = result;
  }

  givePassphrase(text: string): void {
    this.touch();
    this.passphrase = text;
  }

  withoutPassphrase(isWithout: boolean): void {
    this.touch();
    this.isWithout = isWithout;
  }

  giveSecret(path: string, text: string): void {
    this.touch();
    this.secrets = { ...this.secrets, [path]: text };
  }

  /** Asks what it would change. */
  async check(): Promise<void> {
    await this.attempt(async (wish) => {
      this.changes = await checkImport(wish);
    });
  }

  /** Takes it over; undefined where that failed. */
  async take(): Promise<Changed | undefined> {
    let outcome: Changed | undefined;
    await this.attempt(async (wish) => {
      outcome = await importConfiguration(wish);
      this.clear();
    });
    return outcome;
  }

  private async attempt(ask: (wish: Parameters<typeof checkImport>[0]) => Promise<void>): Promise<void> {
    if (this.file === null) return;
    this.isBusy = true;
    this.fault = null;
    const passphrase = !this.file.isLocked || this.isWithout ? null : this.passphrase;
    try {
      await ask({ file: this.file.content, passphrase, secrets: this.secrets });
    } catch (reason) {
      this.fault = reason as NoAnswer;
      this.changes = null;
      const missing = this.fault.fields.map(({ field }) => field).filter(isSecret);
      this.wanted = [...new Set([...this.wanted, ...missing])];
    }
    this.isBusy = false;
  }

  /** What was found out before counts no more. */
  private touch(): void {
    this.changes = null;
    this.fault = null;
  }

  private clear(): void {
    this.touch();
    this.file = null;
    this.unreadable = "";
    this.passphrase = "";
    this.isWithout = false;
    this.secrets = {};
    this.wanted = [];
  }
}

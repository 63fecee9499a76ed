import type { NoAnswer } from "../api/answer.ts";
import { changeConfiguration, readConfiguration } from "../api/configuration.ts";
import { type Probed, probePorts, readWays } from "../api/wan.ts";
import { Asked } from "./asked.svelte.ts";
import { newWay, sooner, type WanConfig } from "./ways.ts";

/** The ways to the Internet as they are, their settings as they would be, and what was found on the ports. */
export class WaysPage {
  readonly now = new Asked(readWays, 5_000);
  readonly saved = new Asked(readConfiguration, 60_000);
  private touched = $state.raw<WanConfig[] | null>(null);
  isSaving = $state(false);
  /** What became of the last saving, where that is not plain to see. */
  outcome = $state("");
  fault = $state.raw<NoAnswer | null>(null);
  isProbing = $state(false);
  probed = $state.raw<Probed | null>(null);
  probeFault = $state.raw<NoAnswer | null>(null);

  readonly draft: WanConfig[] | null = $derived(this.touched ?? this.saved.answer?.document.wans ?? null);
  readonly isChanged = $derived(this.touched !== null);
  /** What is wrong that no field here shows. */
  readonly otherFaults = $derived(
    (this.fault?.fields ?? []).filter(({ field }) => !/^wans(\.|$)/.test(field)).map(({ reason }) => reason),
  );

  /** What is wrong with the field `path`, or anything below it. */
  faultAt(path: string): string | undefined {
    return this.fault?.fields.find(({ field }) => field === path || field.startsWith(`${path}.`))?.reason;
  }

  change(index: number, part: Partial<WanConfig>): void {
    this.set((this.draft ?? []).map((way, i) => (i === index ? { ...way, ...part } : way)));
  }

  add(): void {
    const ways = this.draft ?? [];
    this.set([...ways, newWay(ways.map(({ name }) => name))]);
  }

  remove(index: number): void {
    this.set((this.draft ?? []).filter((_, i) => i !== index));
  }

  sooner(index: number): void {
    this.set(sooner(this.draft ?? [], index));
  }

  discard(): void {
    this.fault = null;
    this.touched = null;
  }

  async save(): Promise<void> {
    const { answer } = this.saved;
    if (answer === null || this.touched === null) return;
    this.isSaving = true;
    this.fault = null;
    this.outcome = "";
    try {
      const document = { ...answer.document, wans: this.touched };
      const { trial } = await changeConfiguration(document, answer.revision, "Ways to the Internet");
      await this.saved.again();
      this.touched = null;
      this.outcome = trial === null ? "Saved." : "It is in effect now, and stays once it is confirmed.";
      void this.now.again();
    } catch (reason) {
      this.fault = reason as NoAnswer;
    }
    this.isSaving = false;
  }

  async probe(): Promise<void> {
    this.isProbing = true;
    this.probeFault = null;
    try {
      this.probed = await probePorts();
    } catch (reason) {
      this.probeFault = reason as NoAnswer;
    }
    this.isProbing = false;
  }

  private set(ways: WanConfig[]): void {
    this.fault = null;
    this.outcome = "";
    this.touched = ways;
  }
}

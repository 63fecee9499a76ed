import type { NoAnswer } from "../api/answer.ts";
import { changeConfiguration, readConfiguration } from "../api/configuration.ts";
import { readNetworks } from "../api/networks.ts";
import { Asked } from "./asked.svelte.ts";
import { type LanConfig, type NetworksConfig, newLan, type Rule, renamed, without } from "./networks.ts";

/** Fields that this page shows: faults of others are told where it is saved. */
const OWN_FIELDS = /^(lans|rules|discovery)(\.|$)/;

/** The networks of the home as they are, and their settings as they would be after the changes that are not saved yet. */
export class NetworksPage {
  readonly now = new Asked(readNetworks, 5_000);
  readonly saved = new Asked(readConfiguration, 60_000);
  private touched = $state.raw<NetworksConfig | null>(null);
  isSaving = $state(false);
  /** What became of the last saving, where that is not plain to see. */
  outcome = $state("");
  fault = $state.raw<NoAnswer | null>(null);

  readonly draft: NetworksConfig | null = $derived(this.touched ?? this.saved.answer?.document ?? null);
  readonly isChanged = $derived(this.touched !== null);
  readonly names = $derived(this.draft?.lans.map(({ name }) => name) ?? []);
  /** What is wrong that no field here shows. */
  readonly otherFaults = $derived(
    (this.fault?.fields ?? []).filter(({ field }) => !OWN_FIELDS.test(field)).map(({ reason }) => reason),
  );

  /** What is wrong with the field `path`, or anything below it. */
  faultAt(path: string): string | undefined {
    return this.fault?.fields.find(({ field }) => field === path || field.startsWith(`${path}.`))?.reason;
  }

  setLan(index: number, change: Partial<LanConfig>): void {
    const lans = this.draft?.lans ?? [];
    this.set({ lans: lans.map((lan, i) => (i === index ? { ...lan, ...change } : lan)) });
  }

  /** Whether it can be called so: no two networks have one name. */
  rename(index: number, name: string): boolean {
    if (this.draft === null || this.names.some((other, i) => other === name && i !== index)) return false;
    this.set(renamed(this.draft, index, name));
    return true;
  }

  addLan(): void {
    this.set({ lans: [...(this.draft?.lans ?? []), newLan(this.names)] });
  }

  removeLan(index: number): void {
    if (this.draft !== null) this.set(without(this.draft, index));
  }

  addRule(rule: Rule): void {
    this.set({ rules: [...(this.draft?.rules ?? []), rule] });
  }

  removeRule(index: number): void {
    this.set({ rules: this.draft?.rules.filter((_, i) => i !== index) ?? [] });
  }

  setDiscovery(name: string, isFound: boolean): void {
    const others = this.draft?.discovery.filter((other) => other !== name) ?? [];
    this.set({ discovery: isFound ? [...others, name] : others });
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
      const document = { ...answer.document, ...this.touched };
      const { trial } = await changeConfiguration(document, answer.revision, "Networks of the home");
      await this.saved.again();
      this.touched = null;
      this.outcome = trial === null ? "Saved." : "It is in effect now, and stays once it is confirmed.";
      void this.now.again();
    } catch (reason) {
      this.fault = reason as NoAnswer;
    }
    this.isSaving = false;
  }

  private set(change: Partial<NetworksConfig>): void {
    if (this.draft === null) return;
    const { lans, rules, discovery, wifi } = this.draft;
    this.fault = null;
    this.outcome = "";
    this.touched = { lans, rules, discovery, wifi, ...change };
  }
}

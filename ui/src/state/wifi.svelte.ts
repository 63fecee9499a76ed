import type { NoAnswer } from "../api/answer.ts";
import { type Configuration, changeConfiguration, readConfiguration } from "../api/configuration.ts";
import { readPassphrases, readWifi } from "../api/wifi.ts";
import { Asked } from "./asked.svelte.ts";
import {
  type NetworkConfig,
  newNetwork,
  type RadioConfig,
  radioConfig,
  radioIndex,
  type WifiConfig,
  withRadio,
} from "./wifi.ts";

/** Wi-Fi as it is, and its settings as they would be after the changes that are not saved yet. */
export class WifiPage {
  readonly now = new Asked(readWifi, 3_000);
  readonly saved = new Asked(readSettings, 60_000);
  private touched = $state.raw<WifiConfig | null>(null);
  isSaving = $state(false);
  /** What became of the last saving, where that is not plain to see. */
  outcome = $state("");
  fault = $state.raw<NoAnswer | null>(null);

  readonly draft = $derived(this.touched ?? this.saved.answer?.document.wifi ?? null);
  readonly isChanged = $derived(
    this.touched !== null &&
      JSON.stringify(this.touched) !== JSON.stringify(this.saved.answer?.document.wifi),
  );
  /** The networks of the home, by name. */
  readonly lans = $derived(this.saved.answer?.document.lans.map(({ name }) => name) ?? []);
  /** Why the router did not take it, by the path below `wifi`. */
  readonly faults = $derived(
    new Map(this.fault?.fields.map(({ field, reason }) => [field.replace(/^wifi\./, ""), reason]) ?? []),
  );
  /** What is wrong that no field here shows. */
  readonly otherFaults = $derived(
    (this.fault?.fields ?? []).filter(({ field }) => !field.startsWith("wifi.")).map(({ reason }) => reason),
  );

  /** What is wrong with a radio's field. */
  radioFault(radio: string, field: keyof RadioConfig): string | undefined {
    return this.draft === null
      ? undefined
      : this.faults.get(`radios.${radioIndex(this.draft, radio)}.${field}`);
  }

  setCountry(country: string | null): void {
    this.set({ country });
  }

  radio(name: string): RadioConfig | null {
    return this.draft === null ? null : radioConfig(this.draft, name);
  }

  setRadio(name: string, change: Partial<RadioConfig>): void {
    if (this.draft !== null) this.set(withRadio(this.draft, name, change));
  }

  setNetwork(index: number, change: Partial<NetworkConfig>): void {
    const networks = this.draft?.networks ?? [];
    this.set({ networks: networks.map((network, i) => (i === index ? { ...network, ...change } : network)) });
  }

  addNetwork(): void {
    const { draft, lans } = this;
    if (draft === null) return;
    const isGuest = lans.includes("guest");
    const network = newNetwork(
      isGuest ? "Guests" : "Another network",
      isGuest ? "guest" : (lans[0] ?? "home"),
    );
    this.set({ networks: [...draft.networks, network] });
  }

  removeNetwork(index: number): void {
    this.set({ networks: this.draft?.networks.filter((_, i) => i !== index) ?? [] });
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
      const document = { ...answer.document, wifi: this.touched };
      const { trial } = await changeConfiguration(document, answer.revision, "Wi-Fi");
      await this.saved.again();
      this.touched = null;
      if (trial !== null) this.outcome = "It is in effect now, and stays once it is confirmed.";
      void this.now.again();
    } catch (reason) {
      this.fault = reason as NoAnswer;
    }
    this.isSaving = false;
  }

  private set(change: Partial<WifiConfig>): void {
    if (this.draft === null) return;
    this.fault = null;
    this.outcome = "";
    this.touched = { ...this.draft, ...change };
  }
}

/** With the wireless networks' passphrases, which the document hides: the owner is to see them. */
async function readSettings(): Promise<Configuration> {
  const [configuration, passphrases] = await Promise.all([readConfiguration(), readPassphrases()]);
  const { wifi } = configuration.document;
  const networks = wifi.networks.map((network) => ({
    ...network,
    passphrase: passphrases.get(network.name) ?? network.passphrase,
  }));
  return { ...configuration, document: { ...configuration.document, wifi: { ...wifi, networks } } };
}

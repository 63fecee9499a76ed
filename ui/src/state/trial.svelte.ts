import type { NoAnswer } from "../api/answer.ts";
import { type Changed, decide, onChanged, type TrialStatus } from "../api/configuration.ts";
import { home } from "./home.svelte.ts";

/** A change of the configuration that goes back by itself unless the owner keeps it, as every page of the router shows it. */
class Trial {
  /** null: there is none. Stays while the router cannot be heard, which is when it matters. */
  present = $state.raw<TrialStatus | null>(null);
  /** Whole seconds until the former configuration returns. */
  remaining = $state(0);
  fault = $state.raw<NoAnswer | null>(null);
  isBusy = $state(false);

  /** On the browser's monotonic clock, ms. */
  private ends = 0;
  private heard: TrialStatus | null = null;
  private ticket: string | null = null;

  start(): void {
    onChanged((changed) => this.began(changed));
    setInterval(() => this.look(), 250);
  }

  /** Takes note of what became of a change that this page has made: its ticket opens the router at another address. */
  private began({ trial, ticket }: Changed): void {
    if (trial === null) return;
    const { id, address, formerAddress, remainingMs } = trial;
    this.ticket = ticket;
    this.take({
      id,
      address,
      moved: address !== formerAddress,
      remainingSeconds: Math.ceil(remainingMs / 1000),
    });
  }

  /** Where the change is kept, when this page is not there; else null. */
  get elsewhere(): string | null {
    const { present } = this;
    const isHere = location.hostname === present?.address || !/^[\d.]+$/.test(location.hostname);
    if (present === null || !present.moved || isHere) return null;
    return `http://${present.address}/${this.ticket === null ? "" : `#ticket=${this.ticket}`}`;
  }

  keep(): Promise<void> {
    return this.decide("keep");
  }

  goBack(): Promise<void> {
    return this.decide("return");
  }

  private async decide(decision: "keep" | "return"): Promise<void> {
    const { present } = this;
    if (present === null) return;
    this.isBusy = true;
    this.fault = null;
    await decide(present.id, decision).then(
      () => {
        this.present = null;
      },
      (reason) => {
        this.fault = reason;
      },
    );
    this.isBusy = false;
  }

  private look(): void {
    const heard = home.status?.trial ?? null;
    if (heard !== this.heard) {
      this.heard = heard;
      if (heard === null) this.end();
      else this.take(heard);
    }
    if (this.present !== null)
      this.remaining = Math.max(0, Math.ceil((this.ends - performance.now()) / 1000));
  }

  private take(trial: TrialStatus): void {
    if (trial.id !== this.present?.id) this.fault = null;
    this.present = trial;
    this.remaining = trial.remainingSeconds;
    this.ends = performance.now() + trial.remainingSeconds * 1000;
  }

  private end(): void {
    this.present = null;
    this.fault = null;
    this.ticket = null;
  }
}

export const trial = new Trial();

import type { NoAnswer } from "../api/answer.ts";
import { readNotices, readSilenced, silence, unsilence } from "../api/recorded.ts";
import { Asked } from "./asked.svelte.ts";
import { connection } from "./connection.svelte.ts";
import { home } from "./home.svelte.ts";

/** What is worth a look, and which of it nobody wants to be told again. */
export class Notices {
  readonly asked = new Asked(async () => {
    const [told, silenced] = await Promise.all([readNotices(), readSilenced()]);
    return { told, silenced };
  }, null);
  /** Those silenced since this list is shown: they stay in their places, so that it can be undone there. */
  private hushed = $state.raw<ReadonlySet<string>>(new Set());
  fault = $state.raw<NoAnswer | null>(null);
  /** The latest first. */
  readonly told = $derived.by(() => {
    const { told, silenced } = this.asked.answer ?? { told: [], silenced: [] };
    return [...told, ...silenced.filter(({ id }) => this.isHushed(id))].sort((a, b) => b.at - a.at);
  });
  /** Silenced before. */
  readonly silenced = $derived(
    (this.asked.answer?.silenced ?? []).filter(({ id }) => !this.isHushed(id)).reverse(),
  );
  private turn = Promise.resolve();

  isHushed(id: string): boolean {
    return this.hushed.has(id);
  }

  /** Asks until it is known or the returned function is called. An effect of this asks again when the router says that they are others. */
  watch(): (() => void) | undefined {
    // What was said while the router was away was missed.
    return home.noticed >= 0 && !connection.isLost ? this.asked.watch() : undefined;
  }

  /** No more like this one. */
  hush(id: string): void {
    this.change(id, true, silence);
  }

  takeBack(id: string): void {
    this.change(id, false, unsilence);
  }

  /** Shown at once, and sent when the change before has been answered. */
  private change(id: string, isHushed: boolean, send: (id: string) => Promise<void>): void {
    this.fault = null;
    this.mark(id, isHushed);
    this.turn = this.turn
      .then(() => send(id))
      .catch((fault: NoAnswer) => {
        this.fault = fault;
        this.mark(id, false);
      })
      .then(() => this.asked.again());
  }

  private mark(id: string, isHushed: boolean): void {
    const others = [...this.hushed].filter((other) => other !== id);
    this.hushed = new Set(isHushed ? [...others, id] : others);
  }
}

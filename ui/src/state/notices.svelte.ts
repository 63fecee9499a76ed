import type { NoAnswer } from "../api/answer.ts";
import { readNotices, silence } from "../api/recorded.ts";
import { Asked } from "./asked.svelte.ts";

/** How long a decision can be taken back. */
const UNDO_MS = 6_000;

/** What is worth a look, and which of it nobody wants to be told again. */
export class Notices {
  readonly asked = new Asked(readNotices, 10_000);
  /** Those that are silenced unless that is taken back in time. */
  leaving = $state.raw<ReadonlySet<string>>(new Set());
  fault = $state.raw<NoAnswer | null>(null);
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();

  /** Asks until the returned function is called; what was decided till then is done. */
  watch(): () => void {
    const end = this.asked.watch();
    const settle = () => this.settle();
    addEventListener("pagehide", settle);
    return () => {
      removeEventListener("pagehide", settle);
      this.settle();
      end();
    };
  }

  /** No more like this one, unless it is taken back. */
  hush(id: string): void {
    this.fault = null;
    this.leaving = new Set(this.leaving).add(id);
    this.timers.set(
      id,
      setTimeout(() => void this.silence(id), UNDO_MS),
    );
  }

  takeBack(id: string): void {
    clearTimeout(this.timers.get(id));
    this.forget(id);
  }

  private settle(): void {
    for (const [id, timer] of this.timers) {
      clearTimeout(timer);
      void this.silence(id);
    }
  }

  private async silence(id: string): Promise<void> {
    this.timers.delete(id);
    await silence(id).then(
      () => this.asked.again(),
      (fault: NoAnswer) => (this.fault = fault),
    );
    this.forget(id);
  }

  private forget(id: string): void {
    this.timers.delete(id);
    this.leaving = new Set([...this.leaving].filter((leaving) => leaving !== id));
  }
}

import { untrack } from "svelte";
import type { NoAnswer } from "../api/answer.ts";
import { connection } from "./connection.svelte.ts";

/** While nobody looks, or the router is away, and after an answer that did not come. */
const SOON_MS = 2_000;

/** An answer of the router, asked for while somebody looks. What was known stays when one does not come. */
export class Asked<T> {
  answer = $state.raw<T | null>(null);
  fault = $state.raw<NoAnswer | null>(null);
  /** It is known, or known why not. */
  readonly isSettled = $derived(this.answer !== null || this.fault !== null);
  private turns = 0;

  constructor(
    private readonly question: () => Promise<T>,
    /** It is asked for anew so often; null: once it is there, not before somebody watches anew. */
    private readonly intervalMs: number | null,
  ) {}

  /** Asks until the returned function is called. */
  watch(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let watched = true;
    const turn = async () => {
      const isAsked = !document.hidden && connection.phase !== "lost";
      if (isAsked) await this.again();
      const isTold = isAsked && this.fault === null;
      const wait = isTold ? this.intervalMs : Math.min(SOON_MS, this.intervalMs ?? SOON_MS);
      if (watched && wait !== null) timer = setTimeout(turn, wait);
    };
    // Whoever watches is not to begin anew whenever something changes that a question is made of.
    untrack(() => void turn());
    return () => {
      watched = false;
      clearTimeout(timer);
    };
  }

  /** Asks at once; an older question whose answer is still to come is passed over. */
  async again(): Promise<void> {
    const turn = ++this.turns;
    const outcome = await this.question().then(
      (answer) => ({ answer, fault: null }),
      (fault: NoAnswer) => ({ answer: this.answer, fault }),
    );
    if (turn !== this.turns) return;
    this.answer = outcome.answer;
    this.fault = outcome.fault;
  }
}

import type { NoAnswer } from "../../api/answer.ts";
import { type PlacesBy, readTold, type Told } from "./filtered.ts";
import { inTicks, type Range } from "./range.ts";
import type { Filter } from "./view.ts";

export type { Told };

/** From the last turn of a wheel to the question. */
const SETTLING_MS = 120;
/** Live tables are asked for again after this part of what is shown, within these limits. */
const PART = 1 / 100;
const SOONEST_MS = 1_000;
const LATEST_MS = 15_000;

export interface Question {
  range: Range;
  filter: Filter;
  placesBy: PlacesBy;
  /** The range moves: ask again and again. */
  isLive: boolean;
}

/** Tables and statistics of what is shown or selected. What was told stays until the next answer is there. */
export class Summary {
  told = $state.raw<Told | null>(null);
  fault = $state.raw<NoAnswer | null>(null);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private cancel = new AbortController();

  /** @param question what to tell now; null while that is not known yet */
  constructor(private readonly question: () => Question | null) {}

  /** Something else may be to be told. */
  changed(): void {
    this.cancel.abort();
    this.wait(this.told === null ? 0 : SETTLING_MS);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.cancel.abort();
  }

  private wait(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.turn(), ms);
  }

  private async turn(): Promise<void> {
    const question = this.question();
    if (question === null) return;
    const { filter, placesBy, isLive } = question;
    const range = inTicks(question.range);
    this.cancel = new AbortController();
    const { signal } = this.cancel;
    try {
      if (!document.hidden) this.told = await readTold(range, filter, placesBy, signal);
      this.fault = null;
    } catch (reason) {
      if (signal.aborted) return;
      this.fault = reason as NoAnswer;
    }
    const soon = Math.max(SOONEST_MS, (range.to - range.from) * PART);
    if (isLive || this.fault !== null || document.hidden) this.wait(Math.min(LATEST_MS, soon));
  }
}

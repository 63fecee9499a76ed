import type { NoAnswer } from "../api/answer.ts";
import { type RevisionEntry, readHistory } from "../api/revisions.ts";
import { Asked } from "./asked.svelte.ts";

/** The configuration's revisions, as far back as somebody has asked for. */
export class RevisionHistory {
  readonly newest = new Asked(() => readHistory(), 10_000);
  fault = $state.raw<NoAnswer | null>(null);
  private older = $state.raw<RevisionEntry[]>([]);
  /** Where the next page begins; undefined: after the newest. */
  private next = $state.raw<number | null | undefined>(undefined);

  readonly revisions = $derived.by(() => {
    const newest = this.newest.answer?.revisions ?? [];
    const last = newest.at(-1)?.number ?? 0;
    return [...newest, ...this.older.filter(({ number }) => number < last)];
  });
  readonly hasMore = $derived((this.next === undefined ? this.newest.answer?.next : this.next) !== null);

  async more(): Promise<void> {
    const before = this.next ?? this.newest.answer?.next;
    if (before == null) return;
    this.fault = null;
    try {
      const page = await readHistory(before);
      this.older = [...this.older, ...page.revisions];
      this.next = page.next;
    } catch (reason) {
      this.fault = reason as NoAnswer;
    }
  }
}

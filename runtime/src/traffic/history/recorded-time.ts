import { SECOND } from "./ticks.ts";

/** Ticks of the clock, `to` excluded. */
export interface Stretch {
  from: number;
  to: number;
}

/** Ticks that may be missing between two of one stretch: the clock is put on by less than that while it is kept right. */
const LONGEST_GAP = SECOND;
/** A router that starts every day fills it in three years; with one more, the oldest is forgotten. */
const MOST_STRETCHES = 1000;

/**
 * When the router was looking, whether there was traffic or not: a time without sums is a quiet one only if it is in here. Times are ticks
 * of the clock as it was set then.
 */
export class RecordedTime {
  /** Ascending and apart from each other. */
  #past: Stretch[] = [];
  #now: Stretch | undefined;

  /** The tick was recorded. */
  add(tick: number): void {
    const now = this.#now;
    if (now !== undefined && tick >= now.from && tick < now.to + LONGEST_GAP)
      now.to = Math.max(now.to, tick + 1);
    else {
      this.#past = this.#all().slice(-MOST_STRETCHES);
      this.#now = { from: tick, to: tick + 1 };
    }
  }

  /** What of a range was recorded, ascending. */
  within(from: number, to: number): Stretch[] {
    return this.#all()
      .map((stretch) => ({ from: Math.max(from, stretch.from), to: Math.min(to, stretch.to) }))
      .filter((stretch) => stretch.from < stretch.to);
  }

  /** Ends what is known up to now. */
  forget(): void {
    this.#past = [];
    this.#now = undefined;
  }

  /** For `restore`. */
  snapshot(): string {
    return JSON.stringify(this.#all().map(({ from, to }) => [from, to]));
  }

  /** Takes over what an earlier run knew. False when it is no such text; then nothing is known of the time before. */
  restore(text: string): boolean {
    const stretches = parsed(text);
    if (stretches === undefined) return false;
    this.#past = joined(stretches);
    return true;
  }

  #all(): Stretch[] {
    return joined(this.#now === undefined ? this.#past : [...this.#past, this.#now]);
  }
}

/** How many ticks stretches that are apart have. */
export function lengthOf(stretches: readonly Stretch[]): number {
  return stretches.reduce((ticks, { from, to }) => ticks + to - from, 0);
}

/** The same time in stretches that are ascending and apart; a restart reads again what was last recorded. */
function joined(stretches: readonly Stretch[]): Stretch[] {
  const all: Stretch[] = [];
  for (const { from, to } of stretches.toSorted((a, b) => a.from - b.from)) {
    const last = all.at(-1);
    if (last !== undefined && from < last.to + LONGEST_GAP) last.to = Math.max(last.to, to);
    else all.push({ from, to });
  }
  return all;
}

function parsed(text: string): Stretch[] | undefined {
  try {
    const pairs: unknown = JSON.parse(text);
    if (!Array.isArray(pairs) || !pairs.every(isPair)) return undefined;
    return pairs.map(([from, to]) => ({ from, to }));
  } catch {
    return undefined;
  }
}

function isPair(value: unknown): value is [number, number] {
  return (
    Array.isArray(value) && value.length === 2 && value.every(Number.isSafeInteger) && value[0] < value[1]
  );
}

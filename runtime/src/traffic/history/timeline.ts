import { HOUR, MINUTE, SECOND } from "./ticks.ts";

/** Ticks the clock may go back by, and what comes meanwhile counts for the latest tick: NTP's steps are below a second. */
export const MERGED_STEP = SECOND;
/** Ticks the clock may go on by at once; more is a step, such as a router's that gets the time after it booted. */
export const LONGEST_PAUSE = HOUR;
/** Segments at most; with one more, the oldest is forgotten. */
export const MAX_SEGMENTS = 64;

/** A stretch of recorded time, `end` excluded, and what to add to get ticks of the clock. */
export interface Segment {
  start: number;
  end: number;
  offset: number;
}

/**
 * Recorded time: ticks that never go back, however the clock is set. Each step of the clock opens a segment, which starts in a
 * minute of its own and keeps the clock's place within the minute, so that coarse bins never hold two segments and their
 * borders are the clock's. Recorded ticks fit 32 bits for 13 years.
 */
export class Timeline {
  /** The minute in which each segment starts: coarse bins begin there. */
  readonly #starts: number[] = [];
  readonly #offsets: number[] = [];
  #clock = 0;
  #recorded = 0;

  /** The recorded tick of now; 0 before the first. */
  get now(): number {
    return this.#recorded;
  }

  /** The recorded tick at which the first segment starts. */
  get start(): number {
    return this.#starts[0] ?? 0;
  }

  /** Takes the clock's tick and returns the recorded one. */
  advance(tick: number): number {
    const step = tick - this.#clock;
    if (this.#recorded === 0 || step < -MERGED_STEP || step > LONGEST_PAUSE) this.#open(tick);
    else if (step > 0) {
      this.#clock = tick;
      this.#recorded += step;
    }
    return this.#recorded;
  }

  /** The clock's tick of a recorded one. */
  clockOf(recorded: number): number {
    let segment = this.#starts.length - 1;
    while (segment > 0 && recorded < this.#starts[segment]!) segment--;
    return recorded + (this.#offsets[segment] ?? 0);
  }

  /** The recorded stretches in which the clock showed `from` up to but not including `to`. After a step back there may be two. */
  between(from: number, to: number): Segment[] {
    return this.#starts
      .map((first, i) => {
        const offset = this.#offsets[i]!;
        const next = this.#starts[i + 1] ?? this.#recorded + 1;
        return { start: Math.max(first, from - offset), end: Math.min(next, to - offset), offset };
      })
      .filter(({ start, end }) => start < end);
  }

  #open(tick: number): void {
    this.#clock = tick;
    const start = (Math.floor(this.#recorded / MINUTE) + 1) * MINUTE;
    this.#recorded = start + (tick % MINUTE);
    this.#starts.push(start);
    this.#offsets.push(tick - this.#recorded);
    if (this.#starts.length <= MAX_SEGMENTS) return;
    this.#starts.shift();
    this.#offsets.shift();
  }
}

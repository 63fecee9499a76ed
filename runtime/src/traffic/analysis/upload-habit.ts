/** Seconds of the steps in which the last hour moves on. */
export const PERIOD = 300;
const PERIODS_PER_HOUR = 12;
const HOURS = 24;
/** What was usual counts half after so many days without: a monthly backup is still known, one of last year is not. */
const HALF_LIFE_DAYS = 14;
/** The state's unit. */
const MEGABYTE = 1e6;

/** How much a device sends: in the last hour, and the most it used to in each hour of the day (UTC). Bytes without headers. */
export class UploadHabit {
  /** In the period under way. */
  sent = 0;
  /** What it sends now was noticed. */
  isNoticed = false;
  readonly #recent = new Float64Array(PERIODS_PER_HOUR);
  #next = 0;
  readonly #usual = new Float64Array(HOURS);
  readonly #today = new Float64Array(HOURS);

  /** Of the last hour that ended with a period. */
  get lastHour(): number {
    return this.#recent.reduce((sum, bytes) => sum + bytes);
  }

  /** Ends the period under way, which was in `hour` of the day. */
  endPeriod(hour: number): void {
    this.#recent[this.#next] = this.sent;
    this.#next = (this.#next + 1) % PERIODS_PER_HOUR;
    this.#today[hour] = this.#today[hour]! + this.sent;
    this.sent = 0;
  }

  /** Today becomes part of what is usual; the next day is `days` later. What is under way today is not what was usual. */
  endDay(days: number): void {
    const left = 0.5 ** (days / HALF_LIFE_DAYS);
    for (let hour = 0; hour < HOURS; hour++)
      this.#usual[hour] = Math.max(this.#usual[hour]! * left, this.#today[hour]!);
    this.#today.fill(0);
  }

  /** The most around `hour` of the day: an hour earlier or later is the same habit. */
  usualAt(hour: number): number {
    const at = (offset: number) => this.#usual[(hour + offset + HOURS) % HOURS]!;
    return Math.max(at(-1), at(0), at(1));
  }

  /** The most in any hour. */
  get most(): number {
    return this.#usual.reduce((most, bytes) => Math.max(most, bytes));
  }

  state(): UploadState {
    return [Number(this.isNoticed), textOf(this.#usual), textOf(this.#today)];
  }

  restore([isNoticed, usual, today]: UploadState): void {
    this.isNoticed = isNoticed === 1;
    this.#usual.set(bytesOf(usual));
    this.#today.set(bytesOf(today));
  }
}

/** Whether it is noticed; what is usual and what was today by hour: megabytes to base 36, empty where all are 0. */
export type UploadState = [isNoticed: number, usual: string, today: string];

function textOf(hours: Float64Array): string {
  const megabytes = Array.from(hours, (bytes) => Math.round(bytes / MEGABYTE));
  return megabytes.some((count) => count > 0) ? megabytes.map((count) => count.toString(36)).join(" ") : "";
}

function bytesOf(text: string): number[] {
  return text === "" ? [] : text.split(" ").map((digits) => Number.parseInt(digits, 36) * MEGABYTE);
}

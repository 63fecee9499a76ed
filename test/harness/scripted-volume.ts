/** Milliseconds of a tick, and ticks of a slot: the past is laid down in slots of ten seconds. */
export const TICK_MS = 100;
const SLOT_TICKS = 100;
export const DAY_TICKS = 864_000;
const SLOTS = DAY_TICKS / SLOT_TICKS;

/**
 * The bytes one device and one remote exchange in one direction: a day made up from a rate, then what is told tick by tick. Every
 * volume is the difference of two running sums, so that steps of any length agree with each other to the byte.
 */
export class Course {
  #day: Float64Array | undefined;
  readonly #since = [0];

  /**
   * @param rate bytes per second at a second of the day before the start, 0 to 86400
   * @param packetSize bytes of a usual packet
   * @param seed which bursts it comes in
   */
  constructor(
    private readonly rate: (second: number) => number,
    private readonly packetSize: number,
    private readonly seed: number,
  ) {}

  /** What passed in the tick after the last one. */
  push(bytes: number): void {
    this.#since.push(this.#since.at(-1)! + bytes);
  }

  /** What passed until now counts as nothing. */
  forget(): void {
    this.#day = new Float64Array(SLOTS + 1);
    this.#since.fill(0);
  }

  /** Bytes from tick `from` until before tick `to`, counted from a day before the start. */
  bytes(from: number, to: number): number {
    return this.#difference(from, to, (bytes) => bytes);
  }

  packets(from: number, to: number): number {
    return this.#difference(from, to, (bytes) => Math.ceil(bytes / this.packetSize));
  }

  /** Of the day and of what came since, each as far as it is asked for. */
  #difference(from: number, to: number, measure: (bytes: number) => number): number {
    const day =
      from < DAY_TICKS ? measure(this.#inDay(Math.min(to, DAY_TICKS))) - measure(this.#inDay(from)) : 0;
    const since = to > DAY_TICKS ? measure(this.#sinceDay(to)) - measure(this.#sinceDay(from)) : 0;
    return day + since;
  }

  #sinceDay(tick: number): number {
    return this.#since[Math.min(Math.max(0, tick - DAY_TICKS), this.#since.length - 1)]!;
  }

  #inDay(tick: number): number {
    this.#day ??= this.#laidDown();
    if (tick <= 0) return 0;
    const slot = Math.floor(tick / SLOT_TICKS);
    const before = this.#day[slot]!;
    if (tick % SLOT_TICKS === 0) return before;
    const within = this.#share(slot, tick % SLOT_TICKS);
    return before + Math.round((this.#day[slot + 1]! - before) * within);
  }

  #laidDown(): Float64Array {
    const sums = new Float64Array(SLOTS + 1);
    for (let slot = 0; slot < SLOTS; slot++) {
      const noise = 0.6 + 0.8 * scatter(this.seed * 31 + slot);
      sums[slot + 1] = sums[slot]! + Math.round(this.rate(slot * 10) * 10 * noise);
    }
    return sums;
  }

  /** The part of a slot's volume that its first ticks carry: most of it in one burst of a second or more, the rest evenly. */
  #share(slot: number, ticks: number): number {
    const length = 12 + 40 * scatter(this.seed + slot * 7);
    const start = (SLOT_TICKS - length) * scatter(this.seed * 3 + slot);
    const burst = Math.min(1, Math.max(0, (ticks - start) / length));
    return 0.7 * burst + (0.3 * ticks) / SLOT_TICKS;
  }
}

/** A number in [0,1) that looks random and is always the same for `n`. */
export function scatter(n: number): number {
  const wave = Math.sin(n * 12.9898) * 43758.5453;
  return wave - Math.floor(wave);
}

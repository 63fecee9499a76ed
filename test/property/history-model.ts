import type { Remote } from "../../runtime/src/traffic/history/pair-table.ts";
import { LONGEST_PAUSE, MERGED_STEP } from "../../runtime/src/traffic/history/timeline.ts";

export type Sums = [upBytes: number, downBytes: number, upPackets: number, downPackets: number];

/** The history as one would write it down at first: every call in a list, every question a walk over all. */
export class HistoryModel {
  readonly #entries: { tick: number; device: number; remote: number; sums: Sums }[] = [];
  #clock = Number.NaN;

  add(tick: number, device: number, remote: number, sums: Sums): void {
    const step = tick - this.#clock;
    if (Number.isNaN(step) || step > 0 || step < -MERGED_STEP) this.#clock = tick;
    this.#entries.push({ tick: this.#clock, device, remote, sums });
  }

  get(from: number, to: number, of: { device?: number; remote?: number } = {}): Sums {
    const { device, remote } = of;
    const total: Sums = [0, 0, 0, 0];
    for (const entry of this.#entries) {
      if (entry.tick < from || entry.tick >= to) continue;
      if (device !== undefined && device !== entry.device) continue;
      if (remote !== undefined && remote !== entry.remote) continue;
      for (let i = 0; i < 4; i++) total[i] = total[i]! + entry.sums[i]!;
    }
    return total;
  }

  /** Sums per step, as the arrays of a series. */
  series(from: number, to: number, step: number, device?: number): number[][] {
    const bins = Math.ceil((to - from) / step);
    const arrays = Array.from({ length: 4 }, () => new Array<number>(bins).fill(0));
    for (const { tick, device: of, sums } of this.#entries) {
      if (tick < from || tick >= to || (device !== undefined && device !== of)) continue;
      const at = Math.floor((tick - from) / step);
      for (let i = 0; i < 4; i++) arrays[i]![at] = arrays[i]![at]! + sums[i]!;
    }
    return arrays;
  }
}

/** The remote of a model's number: an IPv4 or, if odd, an IPv6 address. */
export function remoteOf(number: number): Remote {
  return Uint32Array.from(
    number % 2 === 0 ? [0, 0, 0xffff, 0xcb007100 + number] : [0x20010db8, number, 0, 1],
  );
}

/** Longest pause between two calls that is none of the clock's steps, in ticks. */
export const PAUSE = LONGEST_PAUSE;

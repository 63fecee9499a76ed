import { lengthOf, type Range } from "../../state/traffic/range.ts";

/** Time in which most of the way to another range is gone. */
const GLIDE_MS = 70;
/** What remains of the way is not to be seen any more: a part of the range's length. */
const ARRIVED = 0.0005;

/** The way of the chart from one range to another. Both edges go the same part of it at once, so the time under the pointer stays there. */
export class Glide {
  private fromOffset = 0;
  private toOffset = 0;

  get isOver(): boolean {
    return this.fromOffset === 0 && this.toOffset === 0;
  }

  /** From now on `after` is aimed at while `before` is shown. */
  begin(before: Range, after: Range): void {
    this.fromOffset = before.from - after.from;
    this.toOffset = before.to - after.to;
  }

  stop(): void {
    this.fromOffset = 0;
    this.toOffset = 0;
  }

  /** What to show `elapsedMs` after the last time on the way to `aim`, which may move itself. */
  towards(aim: Range, elapsedMs: number): Range {
    const rest = Math.exp(-elapsedMs / GLIDE_MS);
    this.fromOffset *= rest;
    this.toOffset *= rest;
    const least = lengthOf(aim) * ARRIVED;
    if (Math.abs(this.fromOffset) < least && Math.abs(this.toOffset) < least) this.stop();
    return { from: aim.from + this.fromOffset, to: aim.to + this.toOffset };
  }
}

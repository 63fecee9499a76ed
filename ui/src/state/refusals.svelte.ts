import { type NatSummary, readNatSummary } from "../api/nat.ts";

export type Refused = NatSummary["refused"];

/** Why packets were refused, in words; asked for when their number has changed. */
export class Refusals {
  list = $state.raw<Refused>([]);
  private asked = -1;

  /** `count` is the number of packets refused so far, as the live stream tells it. */
  async note(count: number): Promise<void> {
    if (count === this.asked) return;
    this.asked = count;
    try {
      const { refused } = await readNatSummary();
      this.list = refused;
    } catch {
      // The number stands beside this list; the next change of it asks again.
      this.asked = -1;
    }
  }
}

import { readTotals } from "../api/traffic.ts";
import { Asked } from "./asked.svelte.ts";
import { dayBefore, MINUTE_MS, type Range } from "./day.ts";
import { home } from "./home.svelte.ts";

/** Remotes of one answer at most, the largest ones; the API gives no more. */
const MOST = 1000;

/** Where a device talks: in the last minute, which is what people call now, and in the last 24 hours. */
export class Destinations {
  readonly now = new Asked(() => this.remotes({ from: home.now - MINUTE_MS, to: home.now }), 2_000);
  readonly day = new Asked(() => this.remotes(dayBefore(home.now)), MINUTE_MS);
  /** What its traffic of 24 hours was for. */
  readonly uses = new Asked(
    () => readTotals("service", { device: this.mac, ...dayBefore(home.now) }),
    MINUTE_MS,
  );

  constructor(private readonly mac: string) {}

  private remotes(range: Range) {
    return readTotals("remote", { device: this.mac, top: MOST, ...range });
  }
}

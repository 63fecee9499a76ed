import { emptySeries, type Series } from "../../traffic/history/query.ts";
import { MINUTE, TEN_SECONDS } from "../../traffic/history/ticks.ts";
import type { Total } from "../../traffic/history/totals.ts";
import type { TrafficAccounts } from "./accounts.ts";
import type { Filter } from "./filter.ts";
import { RememberedTraffic, type SpanTraffic } from "./remembered.ts";
import type { GroupOf, RollupStore } from "./rollups/rollup-store.ts";
import { isInWhole, type Span, secondOf } from "./span.ts";

/**
 * The traffic of a span within a filter, from memory since when it is there and from the disk before that, each second from one of them:
 * sums are neither missing nor there twice.
 */
export class ComposedTraffic implements SpanTraffic {
  readonly #span: Span;
  readonly #filter: Filter;
  readonly #store: RollupStore;
  /** What the disk is asked. */
  readonly #stored: { from: number; to: number } | undefined;
  readonly #remembered: RememberedTraffic | undefined;

  constructor(accounts: TrafficAccounts, store: RollupStore, span: Span, filter: Filter) {
    this.#span = span;
    this.#filter = filter;
    this.#store = store;
    const { from, to, step } = span;
    // The tick from which on memory answers.
    const border = borderOf(accounts, store, span);
    if (from < border) this.#stored = { from, to: Math.min(to, border) };
    if (border >= to) return;
    // Steps begin where those of the span do.
    const start = from + Math.floor(Math.max(0, border - from) / step) * step;
    this.#remembered = new RememberedTraffic(
      accounts.devices,
      accounts.remotes,
      { from: start, to, step },
      filter,
      border,
    );
  }

  seriesOf(count: number, groupOf: GroupOf, by: "device" | "remote"): Series[] {
    const { from, to, step } = this.#span;
    const whole = Array.from({ length: count }, () => emptySeries(from, to, step));
    if (this.#stored !== undefined)
      addTo(whole, this.#store.seriesOf({ ...this.#stored, step, ...this.#filter, by }, count, groupOf));
    if (this.#remembered !== undefined) addTo(whole, this.#remembered.seriesOf(count, groupOf));
    return whole;
  }

  /** Those on the disk first: a group may be in both. */
  *totals(by: "device" | "pair"): Generator<Total> {
    if (this.#stored !== undefined) yield* this.#store.totals({ ...this.#stored, ...this.#filter, by });
    if (this.#remembered !== undefined) yield* this.#remembered.totals(by);
  }
}

/** Where seconds are asked for and memory has given them up for room, the disk knows better. */
function borderOf({ remotes, since }: TrafficAccounts, store: RollupStore, span: Span): number {
  if (since === 0) return span.to;
  const { oldest, oldestTenSeconds, oldestSecond } = remotes.stats();
  const { oldestSecond: storedSince } = store.extent();
  const hasStored = storedSince > 0 && storedSince <= span.from;
  if (!hasStored || isInWhole(MINUTE, span)) return secondOf(Math.max(since, oldest));
  return secondOf(Math.max(since, isInWhole(TEN_SECONDS, span) ? oldestTenSeconds : oldestSecond));
}

/** Adds each part to its whole. */
function addTo(wholes: readonly Series[], parts: readonly Series[]): void {
  wholes.forEach((whole, group) => {
    const part = parts[group]!;
    const offset = (part.from - whole.from) / whole.step;
    for (const sum of ["upBytes", "downBytes", "upPackets", "downPackets"] as const) {
      const [to, from] = [whole[sum], part[sum]];
      for (let i = 0; i < from.length; i++) to[offset + i] = to[offset + i]! + from[i]!;
    }
  });
}

import { macNumber } from "../../addr/mac.ts";
import { emptySeries, type Series } from "../../traffic/history/query.ts";
import { MINUTE, TEN_SECONDS } from "../../traffic/history/ticks.ts";
import type { Total } from "../../traffic/history/totals.ts";
import type { TrafficAccounts } from "./accounts.ts";
import type { GroupOf, RollupStore } from "./rollups/rollup-store.ts";
import { remoteWords } from "./selection.ts";
import type { RangeQuery } from "./source.ts";
import { isInWhole, type Span, secondOf } from "./span.ts";

/** What of the traffic is meant: all where nothing is said. `device` is a MAC address as a number. */
export interface Filter {
  readonly device?: number;
  readonly remote?: Uint32Array;
}

/** Throws RangeError naming the field. */
export function filterOf({ device, remote }: RangeQuery): Filter {
  return {
    ...(device !== undefined && { device: macNumber(device) }),
    ...(remote !== undefined && { remote: remoteWords(remote) }),
  };
}

/**
 * The traffic of a span, from memory since when it is there and from the disk before that, each second from one of them: sums are
 * neither missing nor there twice.
 */
export class ComposedTraffic {
  readonly #accounts: TrafficAccounts;
  readonly #store: RollupStore;
  readonly #span: Span;
  /** The tick from which on memory answers. */
  readonly #border: number;

  constructor(accounts: TrafficAccounts, store: RollupStore, span: Span) {
    this.#accounts = accounts;
    this.#store = store;
    this.#span = span;
    this.#border = borderOf(accounts, store, span);
  }

  /** The sums of each step. */
  series(filter: Filter): Series {
    return this.seriesOf(filter, "device", 1, () => 0)[0]!;
  }

  /** The same for each of `count` groups, which are found faster when they are `by` "device"; devices are MAC addresses as numbers. */
  seriesOf(filter: Filter, by: "device" | "remote", count: number, groupOf: GroupOf): Series[] {
    const { from, to, step } = this.#span;
    const whole = Array.from({ length: count }, () => emptySeries(from, to, step));
    const stored = this.#stored;
    if (stored !== undefined)
      addTo(whole, this.#store.seriesOf({ ...stored, step, ...filter, by }, count, groupOf));
    const remembered = this.#remembered(filter);
    if (remembered === undefined) return whole;
    const { devices, remotes } = this.#accounts;
    addTo(
      whole,
      remotes.seriesOf(remembered, count, (device, remote) => groupOf(devices.mac(device), remote)),
    );
    return whole;
  }

  /**
   * Sums over the span, those on the disk first: a group may be in both. `device` is a MAC address as a number. Pairs share one object and
   * its remote, so what is kept of them is to be copied.
   */
  *totals(by: "device" | "pair", filter: Filter): Generator<Total> {
    const stored = this.#stored;
    if (stored !== undefined) yield* this.#store.totals({ ...stored, ...filter, by });
    const remembered = this.#remembered(filter);
    if (remembered === undefined) return;
    const { devices, remotes } = this.#accounts;
    const totals = by === "pair" ? remotes.pairTotals(remembered) : remotes.totals({ ...remembered, by });
    for (const total of totals) {
      if (total.device !== undefined) total.device = devices.mac(total.device);
      yield total;
    }
  }

  get #stored(): { from: number; to: number } | undefined {
    const { from, to } = this.#span;
    return from < this.#border ? { from, to: Math.min(to, this.#border) } : undefined;
  }

  /** What to ask the history in memory; undefined when it knows nothing of it. */
  #remembered({ device, remote }: Filter): (Span & { device?: number; remote?: Uint32Array }) | undefined {
    const { from, to, step } = this.#span;
    if (this.#border >= to) return undefined;
    const number = device === undefined ? undefined : this.#accounts.devices.number(device);
    if (device !== undefined && number === undefined) return undefined;
    // Steps begin where those of the span do.
    const start = from + Math.floor(Math.max(0, this.#border - from) / step) * step;
    return {
      from: start,
      to,
      step,
      ...(number !== undefined && { device: number }),
      ...(remote !== undefined && { remote }),
    };
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

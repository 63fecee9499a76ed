import type { TrafficHistory } from "../../traffic/history/history.ts";
import { emptySeries, type Range, type Series } from "../../traffic/history/query.ts";
import type { Total } from "../../traffic/history/totals.ts";
import type { DeviceTable } from "./device-table.ts";
import type { Filter } from "./filter.ts";
import type { GroupOf } from "./rollups/rollup-store.ts";
import type { Span } from "./span.ts";

/** What can be asked about a span. Devices are MAC addresses as numbers. */
export interface SpanTraffic {
  /** The sums of each step for each of `count` groups, which are found faster when they are `by` "device". */
  seriesOf(count: number, groupOf: GroupOf, by: "device" | "remote"): Series[];
  /** Sums over the span, in no order. Pairs share one object and its remote, so what is kept of them is to be copied. */
  totals(by: "device" | "pair"): Iterable<Total>;
}

/** The traffic of a span from the tick `since` on as a history in memory has it, within a filter. */
export class RememberedTraffic implements SpanTraffic {
  constructor(
    private readonly devices: DeviceTable,
    private readonly history: TrafficHistory,
    private readonly span: Span,
    private readonly filter: Filter,
    private readonly since = span.from,
  ) {}

  seriesOf(count: number, groupOf: GroupOf): Series[] {
    const { devices, history, span } = this;
    const range = this.#range();
    if (range === undefined)
      return Array.from({ length: count }, () => emptySeries(span.from, span.to, span.step));
    return history.seriesOf({ ...range, step: span.step }, count, (device, remote) =>
      groupOf(devices.mac(device), remote),
    );
  }

  *totals(by: "device" | "pair"): Generator<Total> {
    const range = this.#range();
    if (range === undefined) return;
    const { devices, history } = this;
    for (const total of by === "pair" ? history.pairTotals(range) : history.totals({ ...range, by })) {
      if (total.device !== undefined) total.device = devices.mac(total.device);
      yield total;
    }
  }

  /** What to ask the history, which has numbers of its own for devices; undefined when it knows nothing of the device. */
  #range(): Range | undefined {
    const { from, to } = this.span;
    const { device, remote, accepts } = this.filter;
    const number = device === undefined ? undefined : this.devices.number(device);
    if (device !== undefined && number === undefined) return undefined;
    return {
      ...{ from, to, since: this.since },
      ...(number !== undefined && { device: number }),
      ...(remote !== undefined && { remote }),
      ...(accepts !== undefined && {
        accepts: (other, words) => accepts(this.devices.mac(other), words),
      }),
    };
  }
}

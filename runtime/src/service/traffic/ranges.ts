import { emptySeries, type Series } from "../../traffic/history/query.ts";
import { lengthOf, type Stretch } from "../../traffic/history/recorded-time.ts";
import { statisticsOf } from "../../traffic/history/statistics.ts";
import { SECOND } from "../../traffic/history/ticks.ts";
import type { TrafficAccounts } from "./accounts.ts";
import { ComposedTraffic } from "./composed.ts";
import { filterOf } from "./filter.ts";
import { GroupingRule, groupsOf } from "./groups.ts";
import type { NameBook } from "./name-book.ts";
import { RememberedTraffic, type SpanTraffic } from "./remembered.ts";
import type { RollupStore } from "./rollups/rollup-store.ts";
import type {
  Distribution,
  Grouping,
  GroupKey,
  RangeQuery,
  SeriesQuery,
  TotalsQuery,
  TrafficSeries,
  TrafficStatistics,
  TrafficTotal,
} from "./source.ts";
import { finestStep, type Span, secondOf, spanOf, TICK } from "./span.ts";

/** Groups of one answer that has a series of each. */
const MAX_GROUPS = 100;

/** Answers questions about ranges. All throw RangeError naming the field that is wrong. */
export class TrafficRanges {
  constructor(
    private readonly accounts: TrafficAccounts,
    private readonly store: RollupStore,
    private readonly book: NameBook,
  ) {}

  series(query: SeriesQuery): TrafficSeries {
    const span = spanOf(query, this.accounts.since);
    const { by, top, ...range } = query;
    const whole = wholeOf(this.#traffic(range, undefined, span));
    const groups =
      by === undefined ? [{ key: {}, series: whole }] : this.#groupSeries(range, by, top, span, whole);
    return {
      from: span.from * TICK,
      step: span.step * TICK,
      groups: groups.map(({ key, series }) => ({
        key,
        up: Array.from(series.upBytes),
        down: Array.from(series.downBytes),
        upPackets: Array.from(series.upPackets),
        downPackets: Array.from(series.downPackets),
      })),
    };
  }

  totals({ by, top = Number.POSITIVE_INFINITY, ...range }: TotalsQuery): TrafficTotal[] {
    const span = spanOf(
      { ...range, step: TICK * Math.max(1, Math.ceil((range.to - range.from) / TICK)) },
      this.accounts.since,
    );
    const rule = new GroupingRule(by, this.book);
    return groupsOf(this.#traffic(range, by, span).totals(rule.asked), rule)
      .slice(0, top)
      .map((group) => {
        const { up, down, upPackets, downPackets } = group;
        return { key: group.key(rule), up, down, upPackets, downPackets };
      });
  }

  statistics(range: RangeQuery): TrafficStatistics {
    const step = finestStep(range, this.#known(range));
    const span = spanOf({ ...range, step }, this.accounts.since);
    const series = wholeOf(this.#traffic(range, undefined, span));
    const recorded = this.#recorded(range, span);
    const total = (sums: Float64Array) => sums.reduce((sum, value) => sum + value, 0);
    return {
      step: span.step * TICK,
      recorded: Math.round(
        lengthOf(this.#recorded(range, { from: range.from / TICK, to: range.to / TICK })) * TICK,
      ),
      up: distribution(series, series.upBytes, recorded),
      down: distribution(series, series.downBytes, recorded),
      upPackets: total(series.upPackets),
      downPackets: total(series.downPackets),
    };
  }

  /** What of a span was recorded and is still kept; services are in memory only. */
  #recorded({ service }: RangeQuery, { from, to }: { from: number; to: number }): Stretch[] {
    const { since, remotes, services, recorded } = this.accounts;
    const stored = service === undefined ? this.store.extent().oldestMinute : 0;
    const remembered = Math.max(since, (service === undefined ? remotes : services).stats().oldest);
    const oldest = stored > 0 ? Math.min(stored, remembered) : remembered;
    return recorded.within(Math.max(from, oldest), to);
  }

  /** Since which ticks all is known in 100 ms, and in seconds; 0 where nothing is known of the time before. */
  #known({ service }: RangeQuery): { tick: number; second: number } {
    const { since, remotes, services } = this.accounts;
    const { oldest100ms, oldestSecond } = (service === undefined ? remotes : services).stats();
    const stored = service === undefined ? this.store.extent() : { oldestSecond: 0, oldestMinute: 0 };
    const begun = stored.oldestMinute > 0 && stored.oldestMinute < secondOf(since) ? since : 0;
    const second = oldestSecond > since ? oldestSecond : begun;
    return {
      tick: oldest100ms > since ? oldest100ms : begun,
      second: stored.oldestSecond > 0 ? Math.min(stored.oldestSecond, second) : second,
    };
  }

  #groupSeries(
    range: RangeQuery,
    by: Grouping,
    top: number | undefined,
    span: Span,
    whole: Series,
  ): { key: GroupKey; series: Series }[] {
    const traffic = this.#traffic(range, by, span);
    const rule = new GroupingRule(by, this.book);
    const largest = groupsOf(traffic.totals(rule.asked), rule).slice(
      0,
      Math.min(top ?? MAX_GROUPS, MAX_GROUPS),
    );
    const places = new Map(largest.map(({ id }, place) => [id, place]));
    const placeOf = (device: number, remote: Uint32Array) => places.get(rule.id(device, remote)) ?? -1;
    const series = traffic.seriesOf(largest.length, placeOf, by === "device" ? "device" : "remote");
    const groups = largest.map((group, place) => ({ key: group.key(rule), series: series[place]! }));
    const rest = withoutGroups(whole, groups);
    return isEmpty(rest) ? groups : [...groups, { key: {}, series: rest }];
  }

  /** Where sums of a range are asked for `by` a grouping, or of all. Services are known of what is in memory. */
  #traffic(range: RangeQuery, by: Grouping | undefined, span: Span): SpanTraffic {
    const { accounts, store, book } = this;
    const filter = filterOf(range, by, book);
    return range.service === undefined && by !== "service"
      ? new ComposedTraffic(accounts, store, span, filter)
      : new RememberedTraffic(accounts.devices, accounts.services, span, filter);
  }
}

/** The sums of each step. */
function wholeOf(traffic: SpanTraffic): Series {
  return traffic.seriesOf(1, () => 0, "device")[0]!;
}

function distribution(series: Series, sums: Float64Array, recorded: readonly Stretch[]): Distribution {
  const { total, mean, peak, peakTick, percentile95 } = statisticsOf(series, sums, recorded);
  const perSecond = SECOND / series.step;
  return {
    total,
    mean,
    peak: peak * perSecond,
    peakAt: peakTick * TICK,
    percentile95: percentile95 * perSecond,
  };
}

const SUMS = ["upBytes", "downBytes", "upPackets", "downPackets"] as const;

/** What is left of `whole`, never less than nothing: what memory knows by service it may not know by remote any more. */
function withoutGroups(whole: Series, groups: readonly { series: Series }[]): Series {
  const rest = emptySeries(whole.from, whole.from + whole[SUMS[0]].length * whole.step, whole.step);
  for (const sum of SUMS) {
    rest[sum].set(whole[sum]);
    for (const { series } of groups)
      for (let i = 0; i < rest[sum].length; i++) rest[sum][i] = Math.max(0, rest[sum][i]! - series[sum][i]!);
  }
  return rest;
}

function isEmpty(series: Series): boolean {
  return SUMS.every((sum) => series[sum].every((value) => value === 0));
}

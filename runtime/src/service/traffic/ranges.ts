import { emptySeries, type Series } from "../../traffic/history/query.ts";
import { lengthOf, type Stretch } from "../../traffic/history/recorded-time.ts";
import { statisticsOf } from "../../traffic/history/statistics.ts";
import { SECOND } from "../../traffic/history/ticks.ts";
import { serviceOf } from "../../traffic/names/service.ts";
import { serviceIn, type TrafficAccounts } from "./accounts.ts";
import { ComposedTraffic, type Filter, filterOf } from "./composed.ts";
import { GroupingRule, groupsOf } from "./groups.ts";
import type { NameBook } from "./name-book.ts";
import type { RollupStore } from "./rollups/rollup-store.ts";
import type {
  Distribution,
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
    const filter = filterOf(query);
    const traffic = new ComposedTraffic(this.accounts, this.store, span);
    const whole = traffic.series(filter);
    const groups =
      query.by === undefined
        ? [{ key: {}, series: whole }]
        : this.#groupSeries(query, span, filter, traffic, whole);
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
    const filter = filterOf(range);
    if (by === "service")
      return this.#services(span, filter)
        .slice(0, top)
        .map(({ words: _, ...total }) => total);
    const traffic = new ComposedTraffic(this.accounts, this.store, span);
    const rule = new GroupingRule(by, this.book);
    return groupsOf(traffic.totals(rule.asked, filter), rule)
      .slice(0, top)
      .map((group) => {
        const { up, down, upPackets, downPackets } = group;
        return { key: group.key(rule), up, down, upPackets, downPackets };
      });
  }

  statistics(range: RangeQuery): TrafficStatistics {
    const step = finestStep(range, this.#known());
    const span = spanOf({ ...range, step }, this.accounts.since);
    const series = new ComposedTraffic(this.accounts, this.store, span).series(filterOf(range));
    const recorded = this.#recorded(span);
    const total = (sums: Float64Array) => sums.reduce((sum, value) => sum + value, 0);
    return {
      step: span.step * TICK,
      recorded: Math.round(lengthOf(this.#recorded({ from: range.from / TICK, to: range.to / TICK })) * TICK),
      up: distribution(series, series.upBytes, recorded),
      down: distribution(series, series.downBytes, recorded),
      upPackets: total(series.upPackets),
      downPackets: total(series.downPackets),
    };
  }

  /** What of a span was recorded and is still kept. */
  #recorded({ from, to }: { from: number; to: number }): Stretch[] {
    const { since, remotes, recorded } = this.accounts;
    const stored = this.store.extent().oldestMinute;
    const remembered = Math.max(since, remotes.stats().oldest);
    const oldest = stored > 0 ? Math.min(stored, remembered) : remembered;
    return recorded.within(Math.max(from, oldest), to);
  }

  /** Since which ticks all is known in 100 ms, and in seconds; 0 where nothing is known of the time before. */
  #known(): { tick: number; second: number } {
    const { since, remotes } = this.accounts;
    const { oldest100ms, oldestSecond } = remotes.stats();
    const stored = this.store.extent();
    const begun = stored.oldestMinute > 0 && stored.oldestMinute < secondOf(since) ? since : 0;
    const second = oldestSecond > since ? oldestSecond : begun;
    return {
      tick: oldest100ms > since ? oldest100ms : begun,
      second: stored.oldestSecond > 0 ? Math.min(stored.oldestSecond, second) : second,
    };
  }

  #groupSeries(
    { by, top = MAX_GROUPS }: SeriesQuery,
    span: Span,
    filter: Filter,
    traffic: ComposedTraffic,
    whole: Series,
  ): { key: GroupKey; series: Series }[] {
    const most = Math.min(top, MAX_GROUPS);
    const groups =
      by === "service"
        ? this.#serviceSeries(span, filter, most)
        : this.#pairSeries(new GroupingRule(by!, this.book), filter, traffic, most);
    const rest = withoutGroups(whole, groups);
    return isEmpty(rest) ? groups : [...groups, { key: {}, series: rest }];
  }

  #pairSeries(
    rule: GroupingRule,
    filter: Filter,
    traffic: ComposedTraffic,
    top: number,
  ): { key: GroupKey; series: Series }[] {
    const groups = groupsOf(traffic.totals(rule.asked, filter), rule).slice(0, top);
    const places = new Map(groups.map(({ id }, place) => [id, place]));
    const placeOf = (device: number, remote: Uint32Array) => places.get(rule.id(device, remote)) ?? -1;
    const series = traffic.seriesOf(
      filter,
      rule.by === "device" ? "device" : "remote",
      groups.length,
      placeOf,
    );
    return groups.map((group, place) => ({ key: group.key(rule), series: series[place]! }));
  }

  /** Services are known of what is in memory, most bytes first. */
  #services({ from, to }: Span, filter: Filter): (TrafficTotal & { words: Uint32Array })[] {
    const range = this.#serviceRange({ from, to }, filter);
    if (range === undefined) return [];
    return this.accounts.services.totals({ ...range, by: "remote" }).map((total) => ({
      words: total.remote!,
      key: serviceKey(total.remote!),
      up: total.upBytes,
      down: total.downBytes,
      upPackets: total.upPackets,
      downPackets: total.downPackets,
    }));
  }

  #serviceSeries(span: Span, filter: Filter, top: number): { key: GroupKey; series: Series }[] {
    const range = this.#serviceRange(span, filter);
    if (range === undefined) return [];
    return this.#services(span, filter)
      .slice(0, top)
      .map(({ key, words }) => ({
        key,
        series: this.accounts.services.series({ ...range, step: span.step, remote: words }),
      }));
  }

  #serviceRange(
    { from, to }: { from: number; to: number },
    { device, remote }: Filter,
  ): { from: number; to: number; device?: number } | undefined {
    if (remote !== undefined)
      throw new RangeError("by: services are not kept by remote; ask for service without remote");
    if (device === undefined) return { from, to };
    const number = this.accounts.devices.number(device);
    return number === undefined ? undefined : { from, to, device: number };
  }
}

function serviceKey(words: Uint32Array): GroupKey {
  const { protocol, port } = serviceIn(words);
  return { protocol, port, service: serviceOf(protocol, port, port).words };
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

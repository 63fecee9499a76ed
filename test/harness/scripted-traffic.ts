import type { Mac } from "@gatehouse/runtime/addr/mac.ts";
import { refuseUnkept } from "@gatehouse/runtime/service/traffic/filter.ts";
import type {
  CaptureSelection,
  CaptureSummary,
  Distribution,
  DnsQuestion,
  Grouping,
  GroupKey,
  LiveSelection,
  LiveSink,
  LiveWatch,
  RangeQuery,
  SeriesQuery,
  Sums,
  TopQuery,
  TotalsQuery,
  TrafficExtent,
  TrafficNotice,
  TrafficSeries,
  TrafficSource,
  TrafficStatistics,
  TrafficTop,
  TrafficTotal,
} from "@gatehouse/runtime/service/traffic/source.ts";
import { ScriptedCaptures } from "./scripted-captures.ts";
import { type Pair, pairsOf } from "./scripted-day.ts";
import { type Resident, START } from "./scripted-home.ts";
import { type Moved, ScriptedWatch } from "./scripted-live.ts";
import { noticesOf, questionsOf } from "./scripted-notices.ts";
import { DAY_TICKS, TICK_MS } from "./scripted-volume.ts";

const DAY_BEGAN = START - DAY_TICKS * TICK_MS;
/** Steps of a statistic at most, so that a browser test need not wait for it. */
const MAX_STEPS = 20_000;

type Directions = Omit<TrafficSeries["groups"][number], "key">;

/** The traffic of the scripted home: the day before its start, what it has moved since, and what there is to tell of it. */
export class ScriptedTraffic implements TrafficSource {
  readonly #pairs: readonly Pair[];
  /** Of each device the pair that gets what the shares leave. */
  readonly #lastOf: ReadonlyMap<string, Pair>;
  #notices: TrafficNotice[];
  #silenced: TrafficNotice[] = [];
  readonly #captures: ScriptedCaptures;
  readonly #watches = new Set<ScriptedWatch>();
  #ticks = DAY_TICKS;
  #since = DAY_BEGAN;

  constructor(
    private readonly home: readonly Resident[],
    /** The notices are others now. */
    private readonly onNotices = () => {},
  ) {
    this.#pairs = pairsOf(home);
    this.#lastOf = new Map(this.#pairs.filter(({ share }) => share > 0).map((pair) => [pair.mac, pair]));
    this.#notices = noticesOf(home);
    this.#captures = new ScriptedCaptures(home, this.#pairs);
  }

  /** One more tick: what each device moved in it is what its remotes share. */
  tick(devices: readonly { mac: string; up: number; down: number }[]): void {
    const volumes = new Map(
      devices.map(({ mac, up, down }) => [mac, { up, down, upLeft: up, downLeft: down }]),
    );
    const at = DAY_BEGAN + this.#ticks * TICK_MS;
    const moved: Moved[] = [];
    for (const pair of this.#pairs) {
      const volume = volumes.get(pair.mac);
      if (volume === undefined) {
        this.#move(pair, 0, 0);
        continue;
      }
      const isLast = this.#lastOf.get(pair.mac) === pair;
      const up = isLast ? volume.upLeft : Math.floor(volume.up * pair.share);
      const down = isLast ? volume.downLeft : Math.floor(volume.down * pair.share);
      volume.upLeft -= up;
      volume.downLeft -= down;
      moved.push(this.#move(pair, up, down));
    }
    this.#ticks++;
    const active = moved.filter(({ up, down }) => up + down > 0);
    this.#captures.tick(
      at,
      active.map(({ pair }) => pair),
    );
    for (const watch of this.#watches) watch.tick(at, active);
  }

  async series({ step, by, top, ...range }: SeriesQuery): Promise<TrafficSeries> {
    refuseUnkept(range, by);
    const groups = this.#grouped(range, by).map(({ key, pairs }) => ({
      key,
      ...directionsOf(pairs, range, step),
    }));
    const total = ({ up, down }: Directions) => sum(up) + sum(down);
    groups.sort((a, b) => total(b) - total(a));
    const others = top === undefined ? [] : groups.splice(top);
    if (others.length > 0) groups.push({ key: {}, ...added(others) });
    return { from: range.from, step, groups };
  }

  async totals({ by, top, ...range }: TotalsQuery): Promise<TrafficTotal[]> {
    refuseUnkept(range, by);
    return this.#totals(range, by).slice(0, top);
  }

  async statistics(range: RangeQuery): Promise<TrafficStatistics> {
    refuseUnkept(range, undefined);
    const span = range.to - range.from;
    const step = [TICK_MS, 1000, 10_000, 60_000].find((ms) => span / ms <= MAX_STEPS) ?? 600_000;
    const { up, down, upPackets, downPackets } = directionsOf(this.#select(range), range, step);
    const of = (values: number[]) => distribution(values, range.from, step);
    const now = DAY_BEGAN + this.#ticks * TICK_MS;
    return {
      step,
      recorded: Math.max(0, Math.min(range.to, now) - Math.max(range.from, DAY_BEGAN)),
      up: of(up),
      down: of(down),
      upPackets: sum(upPackets),
      downPackets: sum(downPackets),
    };
  }

  async top({ by, seconds, count }: TopQuery): Promise<TrafficTop> {
    const to = DAY_BEGAN + this.#ticks * TICK_MS;
    const range = { from: Math.floor((to - TICK_MS) / 1000) * 1000 - (seconds - 1) * 1000, to };
    const groups = this.#totals(range, by).slice(0, count);
    return { ...range, groups };
  }

  async extent(): Promise<TrafficExtent> {
    const oldest = this.#since;
    return {
      oldest100ms: oldest,
      oldestSecond: oldest,
      oldestMinute: oldest,
      oldestService: oldest,
      budgetBytes: 256 * 2 ** 20,
      usedBytes: 41_300_000,
      pairs: this.#pairs.length,
      bytesPerPairAndHour: 7_100,
      captureLimitBytes: 170_000_000,
      storedBytes: 12_800_000,
      frames: 48_211_904 + this.#ticks * 31,
      dropped: 0,
      lostTicks: 0,
    };
  }

  async questions(device: Mac): Promise<DnsQuestion[]> {
    return questionsOf(this.#pairs.filter(({ mac }) => mac === device));
  }

  notices(): TrafficNotice[] {
    return this.#notices;
  }

  async silence(id: string): Promise<void> {
    const silenced = this.#notices.find((notice) => notice.id === id);
    if (silenced === undefined) return;
    this.#notices = this.#notices.filter((notice) => notice !== silenced);
    this.#silenced.push(silenced);
    this.onNotices();
  }

  silenced(): TrafficNotice[] {
    return this.#silenced;
  }

  async unsilence(id: string): Promise<void> {
    const silenced = this.#silenced.filter((notice) => notice.id === id);
    this.#silenced = this.#silenced.filter((notice) => notice.id !== id);
    this.#notices = [...this.#notices, ...silenced].sort((a, b) => b.at - a.at);
    this.onNotices();
  }

  async forget(device?: Mac): Promise<void> {
    const isForgotten = (mac: string) => device === undefined || mac === device;
    for (const { device } of this.home) if (isForgotten(device.mac)) this.#captures.forget(device.mac as Mac);
    for (const pair of this.#pairs.filter(({ mac }) => isForgotten(mac))) {
      pair.up.forget();
      pair.down.forget();
    }
    this.#notices = this.#notices.filter((notice) => !isForgotten(notice.device));
    this.#silenced = this.#silenced.filter((notice) => !isForgotten(notice.device));
    this.onNotices();
    if (device === undefined) this.#since = DAY_BEGAN + this.#ticks * TICK_MS;
  }

  async captures(): Promise<CaptureSummary[]> {
    return this.#captures.summaries();
  }

  capture(selection: CaptureSelection): ReadableStream<Uint8Array> {
    return this.#captures.file(selection);
  }

  watch(selection: LiveSelection, sink: LiveSink): LiveWatch {
    const watch = new ScriptedWatch(sink, selection, () => this.#watches.delete(watch));
    this.#watches.add(watch);
    return watch;
  }

  #move(pair: Pair, up: number, down: number): Moved {
    pair.up.push(up);
    pair.down.push(down);
    const [from, to] = [this.#ticks, this.#ticks + 1];
    return { pair, up, down, upPackets: pair.up.packets(from, to), downPackets: pair.down.packets(from, to) };
  }

  #select({ device, remote, domain, service }: RangeQuery): Pair[] {
    return this.#pairs.filter(
      ({ mac, key }) =>
        (device === undefined || mac === device) &&
        (remote === undefined || key.remote === remote) &&
        (domain === undefined || (key.domain ?? key.remote) === domain) &&
        (service === undefined || (key.protocol === service.protocol && key.port === service.port)),
    );
  }

  #totals(range: RangeQuery, by: Grouping | "protocol"): TrafficTotal[] {
    return this.#grouped(range, by)
      .map(({ key, pairs }) => ({ key, ...sumsOf(pairs, range) }))
      .filter(({ up, down }) => up + down > 0)
      .sort((a, b) => b.up + b.down - a.up - a.down);
  }

  #grouped(range: RangeQuery, by: Grouping | "protocol" | undefined): { key: GroupKey; pairs: Pair[] }[] {
    const groups = new Map<string, { key: GroupKey; pairs: Pair[] }>();
    for (const pair of this.#select(range)) {
      const key = by === undefined ? {} : keyBy(pair, by);
      const name = JSON.stringify(key);
      const group = groups.get(name) ?? { key, pairs: [] };
      group.pairs.push(pair);
      groups.set(name, group);
    }
    if (by === undefined && groups.size === 0) return [{ key: {}, pairs: [] }];
    return [...groups.values()];
  }
}

function keyBy({ mac, key }: Pair, by: Grouping | "protocol"): GroupKey {
  const { remote, name, evidence, domain, protocol, port, service } = key;
  if (by === "device") return { device: mac };
  if (by === "domain") return { domain: domain ?? remote };
  if (by === "protocol") return { protocol };
  if (by === "service") return { protocol, port, service };
  return name === undefined || evidence === undefined
    ? { remote, domain: domain ?? remote }
    : { remote, name, evidence, domain: domain ?? remote };
}

/** A bin counts where it begins. */
function tickAt(ms: number): number {
  return Math.ceil((ms - DAY_BEGAN) / TICK_MS);
}

function sumsOf(pairs: readonly Pair[], { from, to }: RangeQuery): Sums {
  const { up, down, upPackets, downPackets } = directionsOf(pairs, { from, to }, to - from);
  return { up: sum(up), down: sum(down), upPackets: sum(upPackets), downPackets: sum(downPackets) };
}

function directionsOf(pairs: readonly Pair[], { from, to }: RangeQuery, step: number): Directions {
  const steps = Math.ceil((to - from) / step);
  const zeros = () => new Array<number>(steps).fill(0);
  const sums = { up: zeros(), down: zeros(), upPackets: zeros(), downPackets: zeros() };
  for (const { up, down } of pairs) {
    for (let i = 0; i < steps; i++) {
      const begin = tickAt(from + i * step);
      const end = tickAt(Math.min(to, from + (i + 1) * step));
      sums.up[i]! += up.bytes(begin, end);
      sums.down[i]! += down.bytes(begin, end);
      sums.upPackets[i]! += up.packets(begin, end);
      sums.downPackets[i]! += down.packets(begin, end);
    }
  }
  return sums;
}

function added(groups: readonly Directions[]): Directions {
  const all = (field: keyof Directions) =>
    groups[0]![field].map((_, i) => groups.reduce((sum, group) => sum + group[field][i]!, 0));
  return { up: all("up"), down: all("down"), upPackets: all("upPackets"), downPackets: all("downPackets") };
}

function distribution(values: readonly number[], from: number, step: number): Distribution {
  const total = sum(values);
  const perSecond = 1000 / step;
  const peak = Math.max(0, ...values);
  const ascending = values.toSorted((a, b) => a - b);
  return {
    total,
    mean: values.length === 0 ? 0 : (total / values.length) * perSecond,
    peak: peak * perSecond,
    peakAt: from + Math.max(0, values.indexOf(peak)) * step,
    percentile95: (ascending[Math.ceil(0.95 * ascending.length) - 1] ?? 0) * perSecond,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

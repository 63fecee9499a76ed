import type { GroupOf } from "../../../traffic/history/grouped-series.ts";
import { type PairTest, type Remote, remoteKey } from "../../../traffic/history/pair-table.ts";
import type { Range, Series } from "../../../traffic/history/query.ts";
import type { Grouping, Total } from "../../../traffic/history/totals.ts";
import type { DeviceNumbers } from "./device-numbers.ts";
import { GroupTotals } from "./group-totals.ts";
import { FRESH, idOf, keyOf, type Level, tickOf } from "./levels.ts";
import { type Stretch, stretchesOf } from "./plan.ts";
import type { RollupFile, SheetRow } from "./rollup-file.ts";
import { SheetReader } from "./sheet.ts";

/** Takes cells: the reader's, which begins at `tick`. */
export interface Sink {
  add(tick: number, cell: SheetReader): void;
}

/** What takes the cells of a device (its MAC as a 48-bit number) and a remote, which is read, not kept; undefined when they are not wanted. */
type SinkOf = (device: number, remote: Remote) => Sink | undefined;

/** Reads what is stored. */
export class Reading {
  readonly #file: RollupFile;
  readonly #devices: DeviceNumbers;
  readonly #reader = new SheetReader();

  constructor(file: RollupFile, devices: DeviceNumbers) {
    this.#file = file;
    this.#devices = devices;
  }

  /** The first tick of a level; Infinity when it is empty. */
  since(level: Level): number {
    return this.extent(level).from;
  }

  /** Adds up the steps of a range per group; `groupOf` says which of `series`. Where it needs no remotes, it is given none. */
  addSeries(
    query: Range & { step: number },
    series: readonly Series[],
    groupOf: GroupOf,
    needsRemotes: boolean,
  ): void {
    const step = series[0]?.upBytes.length === 1 ? Number.POSITIVE_INFINITY : query.step;
    const sinks = series.map((each) => new SeriesSink(each));
    this.#read(query, step, needsRemotes, (device, remote) => sinks[groupOf(device, remote)]);
  }

  /** The groups that had traffic, most bytes first. */
  totals(query: Range, by: Grouping): Total[] {
    const groups = new GroupTotals(by);
    this.#read(query, Number.POSITIVE_INFINITY, by !== "device", (device, remote) =>
      groups.of(device, remote),
    );
    return groups.largestFirst();
  }

  #read(query: Range, step: number, needsRemotes: boolean, sinkOf: SinkOf): void {
    const { from, to, device, remote, accepts } = query;
    const id = device === undefined ? undefined : this.#devices.idOf(device);
    if (device !== undefined && id === undefined) return;
    const isWanted = testOf(remote, accepts);
    const stretches = stretchesOf(from, to, step, (level) => this.since(level));
    for (const stretch of [...stretches, { level: FRESH, from, to }]) {
      const isSums = !needsRemotes && isWanted === undefined && stretch.level.hasSums;
      for (const row of this.#rows(stretch, id, isSums)) this.#readSheet(stretch, row, isWanted, sinkOf);
    }
  }

  /** The sheets, or sums over all remotes, that may have cells of a stretch. */
  *#rows({ level, from, to }: Stretch, id: number | undefined, isSums: boolean): Generator<SheetRow, void> {
    const table = this.#file.tables[level.table];
    const extent = this.extent(level);
    const first = Math.max(from - (from % level.period), extent.from);
    const end = Math.min(to, extent.to);
    if (id === undefined) {
      const between = isSums ? table.sumsBetween : table.between;
      yield* between.iterate(keyOf(level, first, 0), keyOf(level, end + level.period - 1, 0));
      return;
    }
    const one = isSums ? table.sumsOf : table.one;
    for (let tick = first; tick < end; tick += level.period) {
      const row = one.get(keyOf(level, tick, id));
      if (row !== null) yield row;
    }
  }

  #readSheet(
    { level, from, to }: Stretch,
    { key, sheet }: SheetRow,
    isWanted: PairTest | undefined,
    sinkOf: SinkOf,
  ): void {
    const device = this.#devices.macOf(idOf(key));
    if (device === undefined) return;
    const reader = this.#reader;
    const base = tickOf(level, key);
    reader.open(sheet);
    while (reader.nextEntry()) {
      if (isWanted?.(device, reader.remote) === false) continue;
      const sink = sinkOf(device, reader.remote);
      while (sink !== undefined && reader.nextCell()) {
        const tick = base + reader.step * level.step;
        if (tick >= to) break;
        if (tick >= from) sink.add(tick, reader);
      }
    }
  }

  /** The periods that have sheets: the first tick, and the last one's end. */
  extent(level: Level): { from: number; to: number } {
    const { first, last } = this.#file.tables[level.table].ends.get() ?? { first: null, last: null };
    if (first === null || last === null) return { from: Number.POSITIVE_INFINITY, to: 0 };
    return { from: tickOf(level, first), to: tickOf(level, last) + level.period };
  }
}

/** Whether an entry is of the remote and accepted; undefined where all are. */
function testOf(remote: Remote | undefined, accepts: PairTest | undefined): PairTest | undefined {
  if (remote === undefined) return accepts;
  const wanted = remoteKey(remote);
  return (device, other) => remoteKey(other) === wanted && accepts?.(device, other) !== false;
}

class SeriesSink implements Sink {
  constructor(private readonly series: Series) {}

  add(tick: number, cell: SheetReader): void {
    const { series } = this;
    const at = Math.floor((tick - series.from) / series.step);
    series.upBytes[at]! += cell.upBytes;
    series.downBytes[at]! += cell.downBytes;
    series.upPackets[at]! += cell.upPackets;
    series.downPackets[at]! += cell.downPackets;
  }
}

import type { Remote } from "../../../traffic/history/pair-table.ts";
import { HOUR } from "../../../traffic/history/ticks.ts";
import type { DeviceNumbers } from "./device-numbers.ts";
import { END_OF_TIME, FRESH, idOf, keyOf, type Level, tickOf } from "./levels.ts";
import type { RollupFile } from "./rollup-file.ts";
import { SheetBuilder, SheetReader } from "./sheet.ts";

/** What a device and a remote exchanged in the second that began at `tick` (100 ms since the Unix epoch). `device` is the MAC as a 48-bit number. */
export interface SecondSums {
  tick: number;
  device: number;
  remote: Remote;
  upBytes: number;
  downBytes: number;
  upPackets: number;
  downPackets: number;
}

const NOTHING = new Uint8Array();

/**
 * Writes sums: first into sheets of a minute, a few kilobytes an append; when an hour is over, those are gathered into the levels, where
 * they take less and are found faster. Sheets add up: rows that come late, since the clock was set back, find their place in what was
 * gathered long ago. All calls belong in a transaction.
 */
export class Gathering {
  readonly #file: RollupFile;
  readonly #devices: DeviceNumbers;
  readonly #reader = new SheetReader();

  constructor(file: RollupFile, devices: DeviceNumbers) {
    this.#file = file;
    this.#devices = devices;
  }

  /** Adds rows, and gathers all hours but that of the latest into `levels`. Rows may share one object. */
  append(rows: Iterable<SecondSums>, levels: readonly Level[]): void {
    const sheets = new Map<number, SheetBuilder>();
    let latest = 0;
    for (const { tick, device, remote, ...sums } of rows) {
      const key = keyOf(FRESH, tick, this.#devices.take(device, tick));
      const step = Math.floor((tick % FRESH.period) / FRESH.step);
      this.#sheet(sheets, FRESH, key)
        .cellsOf(remote)
        .add(step, sums.upBytes, sums.downBytes, sums.upPackets, sums.downPackets);
      latest = Math.max(latest, tick);
    }
    for (const [key, sheet] of sheets) this.#put(FRESH, key, sheet);
    if (latest > 0) this.#gatherBut(latest - (latest % HOUR), levels);
  }

  /** Gathers what is fresh into `levels`, except for the hour that begins at `current`. */
  #gatherBut(current: number, levels: readonly Level[]): void {
    const { fresh } = this.#file.tables;
    for (const [from, to] of [
      [0, current],
      [current + HOUR, END_OF_TIME],
    ] as const) {
      let key = this.#firstFresh(from, to);
      while (key !== undefined) {
        const tick = tickOf(FRESH, key);
        const hour = tick - (tick % HOUR);
        this.#gather(hour, levels);
        fresh.removeBetween.run(keyOf(FRESH, hour, 0), keyOf(FRESH, hour + HOUR, 0));
        key = this.#firstFresh(hour + HOUR, to);
      }
    }
  }

  #firstFresh(from: number, to: number): number | undefined {
    const row = this.#file.tables.fresh.first.get(keyOf(FRESH, from, 0), keyOf(FRESH, to, 0));
    return row?.key;
  }

  /** Adds the fresh sheets of an hour to those of the levels. */
  #gather(hour: number, levels: readonly Level[]): void {
    const rows = this.#file.tables.fresh.between.all(keyOf(FRESH, hour, 0), keyOf(FRESH, hour + HOUR, 0));
    const ofDevice = Map.groupBy(rows, ({ key }) => idOf(key));
    for (const [id, sheets] of ofDevice) {
      for (const level of levels) {
        const key = keyOf(level, hour, id);
        const into = this.#stored(level, key);
        for (const { key, sheet } of sheets) this.#add(into, level, sheet, FRESH, tickOf(FRESH, key));
        this.#put(level, key, into);
      }
    }
  }

  #put(level: Level, key: number, sheet: SheetBuilder): void {
    const sums = level.hasSums ? sheet.encodeSums() : NOTHING;
    this.#file.tables[level.table].put.run(key, sums, sheet.encode());
  }

  #sheet(sheets: Map<number, SheetBuilder>, level: Level, key: number): SheetBuilder {
    const known = sheets.get(key);
    if (known !== undefined) return known;
    const sheet = this.#stored(level, key);
    sheets.set(key, sheet);
    return sheet;
  }

  /** What is stored under the key, to add to. */
  #stored(level: Level, key: number): SheetBuilder {
    const builder = new SheetBuilder();
    const row = this.#file.tables[level.table].one.get(key);
    if (row !== null) this.#add(builder, level, row.sheet, level, tickOf(level, key));
    return builder;
  }

  /** Adds the cells of a sheet that begins at `start` to one of a level. */
  #add(to: SheetBuilder, level: Level, sheet: Uint8Array, from: Level, start: number): void {
    const reader = this.#reader;
    const base = start % level.period;
    reader.open(sheet);
    while (reader.nextEntry()) {
      const cells = to.cellsOf(reader.remote);
      while (reader.nextCell()) {
        const step = Math.floor((base + reader.step * from.step) / level.step);
        cells.add(step, reader.upBytes, reader.downBytes, reader.upPackets, reader.downPackets);
      }
    }
  }
}

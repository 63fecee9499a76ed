import type { Database } from "bun:sqlite";
import { HOUR } from "../../../traffic/history/ticks.ts";

const DAY = 24 * HOUR;

interface DeviceRow {
  id: number;
  mac: number;
  seen: number;
}

/** The small numbers that stand for MACs in the keys of sheets. */
export class DeviceNumbers {
  readonly #database: Database;
  readonly #byMac = new Map<number, DeviceRow>();
  readonly #byId = new Map<number, DeviceRow>();

  constructor(database: Database) {
    this.#database = database;
    this.reload();
  }

  /** After a transaction that did not come about, or rows that were removed. */
  reload(): void {
    this.#byMac.clear();
    this.#byId.clear();
    for (const row of this.#database.query("SELECT id, mac, seen FROM devices").all()) {
      this.#know(row as DeviceRow);
    }
  }

  idOf(mac: number): number | undefined {
    return this.#byMac.get(mac)?.id;
  }

  macOf(id: number): number | undefined {
    return this.#byId.get(id)?.mac;
  }

  /** The number of a device that has traffic at `tick`; a new one has one from now on. */
  take(mac: number, tick: number): number {
    const known = this.#byMac.get(mac);
    if (known === undefined) return this.#add(mac, tick);
    if (tick >= known.seen + DAY) {
      known.seen = tick;
      this.#database.query("UPDATE devices SET seen = ? WHERE id = ?").run(tick, known.id);
    }
    return known.id;
  }

  forget(mac: number): void {
    this.#database.query("DELETE FROM devices WHERE mac = ?").run(mac);
    this.reload();
  }

  /** Forgets those that can have no sheets any more when all before `tick` are gone. */
  expire(tick: number): void {
    this.#database.query("DELETE FROM devices WHERE seen < ?").run(tick - 2 * DAY);
    this.reload();
  }

  #add(mac: number, tick: number): number {
    const { lastInsertRowid } = this.#database
      .query("INSERT INTO devices (mac, seen) VALUES (?, ?)")
      .run(mac, tick);
    const row = { id: Number(lastInsertRowid), mac, seen: tick };
    this.#know(row);
    return row.id;
  }

  #know(row: DeviceRow): void {
    this.#byMac.set(row.mac, row);
    this.#byId.set(row.id, row);
  }
}

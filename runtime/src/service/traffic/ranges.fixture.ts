import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAddress } from "../../addr/ipv6.ts";
import { type Mac, macNumber, parseMac } from "../../addr/mac.ts";
import { emptySums, type SumsRecord } from "../../traffic/feed/records.ts";
import { MINUTE } from "../../traffic/history/ticks.ts";
import { createLog } from "../log.ts";
import { TrafficAccounts } from "./accounts.ts";
import { Keeping } from "./keeping.ts";
import { NameBook } from "./name-book.ts";
import { TrafficRanges } from "./ranges.ts";
import { RollupStore } from "./rollups/rollup-store.ts";

const folders: string[] = [];

/** The folder of a new store, until `removeStores`. */
export function newStore(): string {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-ranges-"));
  folders.push(folder);
  return folder;
}

export function removeStores(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
}

/** Ticks; a whole minute. */
export const START = 29_400_000 * MINUTE;
export const LAPTOP = parseMac("02:00:5e:10:00:01")!;
export const PHONE = parseMac("02:00:5e:10:00:02")!;
export const SERVERS = ["198.51.100.7", "198.51.100.8", "203.0.113.80"];
export const WORDS = SERVERS.map((address) => parseAddress(address)!);
const LIMITS = { keepSecondsDays: 7, keepMinutesDays: 365 };

/** A control plane's part that counts; several may run one after the other on the same disk. */
export class Run {
  readonly accounts = new TrafficAccounts(32);
  readonly book = new NameBook();
  readonly store: RollupStore;
  readonly ranges: TrafficRanges;
  readonly #keeping: Keeping;

  constructor(path = newStore()) {
    this.store = RollupStore.open(
      path,
      LIMITS,
      createLog("test", () => {}),
    );
    this.ranges = new TrafficRanges(this.accounts, this.store, this.book);
    this.#keeping = new Keeping(this.accounts, this.store);
  }

  /** Takes a tick as the feed tells it, whose ordinals are the ticks since START here. */
  take(tick: number, rows: readonly Partial<SumsRecord>[]): void {
    for (const row of rows) this.accounts.add({ ...emptySums(), tick, ...row });
    this.#keeping.noteTick(this.accounts.advance(tick), tick - START + 1);
  }

  keep(): void {
    this.#keeping.keep();
  }
}

/** Two devices and three servers, each tick others of them. */
export function rowsOf(tick: number): Partial<SumsRecord>[] {
  const row = (device: Mac, server: number, port: number) => ({
    device: macNumber(device),
    remote: WORDS[server]!,
    protocol: 6,
    port,
    upBytes: 60 + (tick % 7),
    downBytes: 1500 + (tick % 11),
    upPackets: 1,
    downPackets: 2,
  });
  const rows = [row(LAPTOP, tick % 5 < 3 ? 0 : 1, 443)];
  if (tick % 3 === 0) rows.push(row(PHONE, 2, 80));
  return rows;
}

/** A run that ended at a tick within a second and one that goes on where that one stopped, beside one that saw all. */
export function restarted(endedAt: number, now: number): { after: Run; all: Run } {
  const path = newStore();
  const [before, all] = [new Run(path), new Run()];
  for (let tick = START; tick < START + endedAt; tick++) {
    before.take(tick, rowsOf(tick));
    all.take(tick, rowsOf(tick));
    if (tick % MINUTE === 17) before.keep();
  }
  before.keep();
  before.store.close();
  const after = new Run(path);
  for (let tick = START + after.store.position!; tick < START + now; tick++) after.take(tick, rowsOf(tick));
  for (let tick = START + endedAt; tick < START + now; tick++) all.take(tick, rowsOf(tick));
  return { after, all };
}

export const ms = (tick: number) => tick * 100;
export const RANGE = { from: ms(START), to: ms(START + 3 * MINUTE) };

/** What SERVERS are called: two by one domain, the third by nobody but the phone. */
export function callServers({ book }: Run): void {
  for (const [device, server, name] of [
    [LAPTOP, 0, "a.example.net"],
    [LAPTOP, 1, "b.example.net"],
    [PHONE, 2, "www.example.org"],
  ] as const)
    book.serverName(macNumber(device), WORDS[server]!, { name, transport: "tls", maybeOuter: false, at: 1 });
}

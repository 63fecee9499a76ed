import type { AddressWords } from "../../addr/ipv6.ts";
import { NO_DEVICE, type SumsRecord } from "../feed/records.ts";
import { SECOND, TICK_MS } from "../history/ticks.ts";
import { FlowTable, NO_FLOW } from "./flow-table.ts";

/** Seconds of the windows. */
export const WINDOWS = [10, 60] as const;
export type WindowSeconds = (typeof WINDOWS)[number];

/** Seconds of the longer window, after which a silent flow is forgotten. */
const LONG = 60;
const SHORT = 10;
/** Up bytes, down bytes, up packets, down packets. */
const SUMS = 4;
/** Of a row: the short window's sums, then the long one's. */
const BOTH = 2 * SUMS;

/** Flows of the last minute. A home has some hundreds, one with file sharing 2000. */
const FLOWS = 4096;
/** A device may have one of so many rows, so that one that scans the Internet leaves room for the others. */
const SHARE = 4;
/** Rows kept for the traffic of devices with flows that found no room, one for each. */
const OTHERS_ROWS = 256;
/** The remote of the flows that found no room, `::`. */
export const OTHERS: AddressWords = new Uint32Array(4);

/**
 * Exact sums per flow over the last 10 and 60 seconds: the second under way and those before it. A flow without room of its own counts
 * as its device's remote "::" without protocol; past OTHERS_ROWS such devices, as NO_DEVICE's. So the sum of all is always
 * that of all records.
 */
export class LiveGroups {
  readonly flows = new FlowTable(FLOWS);
  /** The second in which the flow began, since the epoch. */
  readonly since = new Float64Array(FLOWS + 1);
  /** Whether the flow was ever answered. */
  readonly isAnswered = new Uint8Array(FLOWS + 1);
  readonly #latest = new Float64Array(FLOWS + 1);
  readonly #windows = new Float64Array((FLOWS + 1) * BOTH);
  /** The last 60 seconds; what they cost goes with the flows that were active in them. */
  readonly #seconds = Array.from({ length: LONG }, () => new SecondSums());
  readonly #flowsOf = new Map<number, number>();
  #second = 0;
  #tick = 0;
  #now = this.#seconds[0]!;

  /** The second under way. */
  get second(): number {
    return this.#second;
  }

  /** Tells the time. Set back by more than a minute, the windows begin anew; by less, the latest second goes on. */
  advance(tick: number): void {
    const second = Math.floor(tick / SECOND);
    const isSetBack = this.#second - second > LONG;
    if (isSetBack || tick > this.#tick) this.#tick = tick;
    if (isSetBack || second - this.#second >= LONG) this.#restart(second);
    while (this.#second < second) this.#step();
  }

  /** Adds a record's sums to the second under way. */
  add(record: SumsRecord): void {
    const { device, remote, protocol, port, upBytes, downBytes, upPackets, downPackets } = record;
    let flow = this.flows.find(device, remote, protocol, port);
    if (flow === NO_FLOW) flow = this.#newFlow(record);
    if (this.#latest[flow] !== this.#second) {
      this.#latest[flow] = this.#second;
      this.#now.begin(flow);
    }
    if (downPackets > 0) this.isAnswered[flow] = 1;
    addAt(this.#now.sums, flow * SUMS, upBytes, downBytes, upPackets, downPackets);
    addAt(this.#windows, flow * BOTH, upBytes, downBytes, upPackets, downPackets);
    addAt(this.#windows, flow * BOTH + SUMS, upBytes, downBytes, upPackets, downPackets);
  }

  /** Calls `visit` for each flow of the last minute. */
  forEach(visit: (flow: number) => void): void {
    for (let flow = 1; flow < this.flows.end; flow++) if (this.flows.isUsed(flow)) visit(flow);
  }

  upBytes(flow: number, window: WindowSeconds = LONG): number {
    return this.#windows[flow * BOTH + offsetOf(window)]!;
  }

  downBytes(flow: number, window: WindowSeconds = LONG): number {
    return this.#windows[flow * BOTH + offsetOf(window) + 1]!;
  }

  upPackets(flow: number, window: WindowSeconds = LONG): number {
    return this.#windows[flow * BOTH + offsetOf(window) + 2]!;
  }

  downPackets(flow: number, window: WindowSeconds = LONG): number {
    return this.#windows[flow * BOTH + offsetOf(window) + 3]!;
  }

  /** Packets of `flow` from `ago` seconds back up to `length` seconds later; `ago` at most 59. */
  packetsAgo(flow: number, ago: number, length: number): { up: number; down: number } {
    let [up, down] = [0, 0];
    for (let second = this.#second - ago; second < this.#second - ago + length; second++) {
      const { sums } = this.#seconds[modulo(second)]!;
      up += sums[flow * SUMS + 2]!;
      down += sums[flow * SUMS + 3]!;
    }
    return { up, down };
  }

  /** What the window covers, ms since the epoch: up to the end of the latest tick. */
  range(window: WindowSeconds): { from: number; to: number } {
    return { from: Math.max(0, (this.#second - window + 1) * 1000), to: (this.#tick + 1) * TICK_MS };
  }

  /** Forgets all flows. */
  clear(): void {
    this.forEach((flow) => {
      this.#remove(flow);
    });
    for (const second of this.#seconds) second.clear();
  }

  #restart(second: number): void {
    this.clear();
    this.#second = second;
    this.#now = this.#seconds[modulo(second)]!;
  }

  #step(): void {
    this.#second++;
    const windows = this.#windows;
    this.#seconds[modulo(this.#second - SHORT)]!.takeFrom(windows, 0);
    const leaving = this.#seconds[modulo(this.#second)]!;
    leaving.takeFrom(windows, SUMS);
    for (let i = 0; i < leaving.count; i++) {
      const flow = leaving.flows[i]!;
      if (this.#latest[flow] === this.#second - LONG) this.#remove(flow);
    }
    leaving.clear();
    this.#now = leaving;
  }

  #remove(flow: number): void {
    const device = this.flows.devices[flow]!;
    const left = this.#flowsOf.get(device)! - 1;
    if (left === 0) this.#flowsOf.delete(device);
    else this.#flowsOf.set(device, left);
    this.flows.remove(flow);
  }

  #newFlow({ device, remote, protocol, port }: SumsRecord): number {
    const free = FLOWS - this.flows.size;
    const count = this.#flowsOf.get(device) ?? 0;
    if (free > OTHERS_ROWS && count < (FLOWS - OTHERS_ROWS) / SHARE)
      return this.#begin(device, remote, protocol, port);
    return this.#others(device, free);
  }

  /** The row of the device's flows without one of their own. The last that is free is NO_DEVICE's. */
  #others(device: number, free: number): number {
    const own = this.flows.find(device, OTHERS, 0, 0);
    if (own !== NO_FLOW) return own;
    if (free > 1) return this.#begin(device, OTHERS, 0, 0);
    const last = this.flows.find(NO_DEVICE, OTHERS, 0, 0);
    return last === NO_FLOW ? this.#begin(NO_DEVICE, OTHERS, 0, 0) : last;
  }

  #begin(device: number, remote: AddressWords, protocol: number, port: number): number {
    const flow = this.flows.add(device, remote, protocol, port);
    this.#flowsOf.set(device, (this.#flowsOf.get(device) ?? 0) + 1);
    this.since[flow] = this.#second;
    this.isAnswered[flow] = 0;
    this.#latest[flow] = 0;
    this.#windows.fill(0, flow * BOTH, flow * BOTH + BOTH);
    return flow;
  }
}

/** What the flows exchanged in one second. */
class SecondSums {
  readonly sums = new Float64Array((FLOWS + 1) * SUMS);
  /** Those with traffic; `count` of them. */
  readonly flows = new Uint16Array(FLOWS + 1);
  count = 0;

  begin(flow: number): void {
    this.flows[this.count++] = flow;
  }

  /** Takes these sums away from the windows', of which each flow's begin at `offset` of its row. */
  takeFrom(windows: Float64Array, offset: number): void {
    for (let i = 0; i < this.count; i++) {
      const flow = this.flows[i]!;
      for (let sum = 0; sum < SUMS; sum++) {
        const at = flow * BOTH + offset + sum;
        windows[at] = windows[at]! - this.sums[flow * SUMS + sum]!;
      }
    }
  }

  clear(): void {
    for (let i = 0; i < this.count; i++)
      this.sums.fill(0, this.flows[i]! * SUMS, this.flows[i]! * SUMS + SUMS);
    this.count = 0;
  }
}

function addAt(
  sums: Float64Array,
  at: number,
  upBytes: number,
  downBytes: number,
  upPackets: number,
  downPackets: number,
): void {
  sums[at] = sums[at]! + upBytes;
  sums[at + 1] = sums[at + 1]! + downBytes;
  sums[at + 2] = sums[at + 2]! + upPackets;
  sums[at + 3] = sums[at + 3]! + downPackets;
}

function offsetOf(window: WindowSeconds): number {
  return window === LONG ? SUMS : 0;
}

function modulo(second: number): number {
  return ((second % LONG) + LONG) % LONG;
}

import type { TrafficEvent } from "../api/router.ts";

/** How far back the live charts reach. */
export const WINDOW_MS = 60_000;
/** A minute of ten intervals a second, and some over for the edge that slides out. */
const SLOTS = 640;
/** Silence longer than this between intervals is a gap in what is known, not a rate of zero. */
const TOLERATED_SILENCE_MS = 1_500;

/** Rates of one device or of all, bit/s, one entry per slot; NaN where nothing is known. */
export class Series {
  readonly up = new Float32Array(SLOTS);
  readonly down = new Float32Array(SLOTS);
}

/** A mean rate, bit/s. */
export interface Rates {
  up: number;
  down: number;
}

/** Traffic of the last minute, in total and per device, at the resolution it arrives in. All series share one clock. */
export class LastMinute {
  readonly total = new Series();
  private readonly devices = new Map<string, Series>();
  private readonly ends = new Float64Array(SLOTS);
  private readonly lengths = new Float32Array(SLOTS);
  private count = 0;

  /** End of the newest interval on the router's clock, 0 when there is none. */
  get newest(): number {
    return this.count === 0 ? 0 : this.ends[(this.count - 1) % SLOTS]!;
  }

  of(mac: string): Series | undefined {
    return this.devices.get(mac);
  }

  record(event: TrafficEvent): void {
    const silence = event.at - event.intervalMs - this.newest;
    if (event.at <= this.newest) this.clear();
    else if (this.count > 0 && silence > TOLERATED_SILENCE_MS) this.append(this.newest + 1, 1, Number.NaN);
    const slot = this.append(event.at, event.intervalMs, 0);
    const perSecond = 8000 / event.intervalMs;
    this.total.up[slot] = event.total.up * perSecond;
    this.total.down[slot] = event.total.down * perSecond;
    for (const { mac, up, down } of event.devices) {
      const series = this.devices.get(mac) ?? this.begin(mac);
      series.up[slot] = up * perSecond;
      series.down[slot] = down * perSecond;
    }
  }

  /** Takes what was before all that is known. Oldest first. */
  precede(earlier: readonly TrafficEvent[]): void {
    const known = this.events();
    const first = known[0];
    const began = first === undefined ? Number.POSITIVE_INFINITY : first.at - first.intervalMs;
    this.clear();
    for (const event of [...earlier.filter(({ at }) => at <= began), ...known]) this.record(event);
  }

  /** Forgets devices that are not in `macs`. */
  keep(macs: ReadonlySet<string>): void {
    for (const mac of this.devices.keys()) if (!macs.has(mac)) this.devices.delete(mac);
  }

  /** Calls `visit` for every interval, oldest first, whose end is later than `since`. */
  each(
    series: Series,
    since: number,
    visit: (end: number, length: number, down: number, up: number) => void,
  ): void {
    const oldest = Math.max(0, this.count - SLOTS);
    let first = this.count;
    while (first > oldest && this.ends[(first - 1) % SLOTS]! > since) first--;
    for (let i = first; i < this.count; i++) {
      const slot = i % SLOTS;
      visit(this.ends[slot]!, this.lengths[slot]!, series.down[slot]!, series.up[slot]!);
    }
  }

  /** Mean rate over the last `windowMs` that are known. */
  mean(series: Series | undefined, windowMs: number): Rates {
    let time = 0;
    let up = 0;
    let down = 0;
    if (series === undefined) return { up, down };
    this.each(series, this.newest - windowMs, (_end, length, intervalDown, intervalUp) => {
      if (Number.isNaN(intervalDown)) return;
      time += length;
      up += intervalUp * length;
      down += intervalDown * length;
    });
    return time === 0 ? { up, down } : { up: up / time, down: down / time };
  }

  /** All that is known, as it was told. */
  private events(): TrafficEvent[] {
    const events: TrafficEvent[] = [];
    for (let i = Math.max(0, this.count - SLOTS); i < this.count; i++) {
      const slot = i % SLOTS;
      const intervalMs = this.lengths[slot]!;
      const volume = ({ up, down }: Series) => ({
        up: (up[slot]! * intervalMs) / 8000,
        down: (down[slot]! * intervalMs) / 8000,
      });
      // A gap comes of itself.
      if (Number.isNaN(this.total.up[slot])) continue;
      const devices = [...this.devices].map(([mac, series]) => ({ mac, ...volume(series) }));
      events.push({ type: "traffic", at: this.ends[slot]!, intervalMs, total: volume(this.total), devices });
    }
    return events;
  }

  private begin(mac: string): Series {
    const series = new Series();
    this.devices.set(mac, series);
    return series;
  }

  private append(end: number, length: number, rate: number): number {
    const slot = this.count++ % SLOTS;
    this.ends[slot] = end;
    this.lengths[slot] = length;
    for (const series of [this.total, ...this.devices.values()]) {
      series.up[slot] = rate;
      series.down[slot] = rate;
    }
    return slot;
  }

  private clear(): void {
    this.count = 0;
    this.devices.clear();
  }
}

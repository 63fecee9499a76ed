import type { Device, LiveEvent, Status } from "../api/router.ts";
import { access } from "./access.svelte.ts";
import { readEarlier } from "./earlier.ts";
import { LastMinute, type Rates, WINDOW_MS } from "./last-minute.ts";

/** Figures change no more often than a person can read. */
const FIGURES_MS = 250;
/** Orders by rate change slowly, so that a row can be aimed at. */
const ORDER_MS = 2_000;
const ORDER_WINDOW_MS = 10_000;
const FIGURE_WINDOW_MS = 1_000;
/** What was before the live stream began is in the router's record this much later. */
const RECORDED_MS = 500;

/** What is known of the router and the home, kept up to date by the live stream. */
class Home {
  status = $state.raw<Status | null>(null);
  devices = $state.raw<Device[] | null>(null);
  /** The router's clock, once a second. */
  now = $state(0);
  /** Mean rates of the last second: of all, and by MAC. */
  total = $state.raw<Rates>({ up: 0, down: 0 });
  rates = $state.raw<ReadonlyMap<string, Rates>>(new Map());
  /** Sum of both directions over ten seconds by MAC, for ordering. */
  weight = $state.raw<ReadonlyMap<string, number>>(new Map());
  /** Counts up whenever what is worth a look is another. */
  noticed = $state(0);
  /** Counts up whenever spark lines should be drawn anew. */
  beat = $state(0);

  readonly minute = new LastMinute();
  /** When the newest traffic arrived, on the browser's monotonic clock. */
  arrived = 0;
  /** When the live stream began on the router's clock. */
  private began: number | null = null;
  private hasAskedEarlier = false;
  private lastFigures = 0;
  private lastOrder = 0;

  apply(event: LiveEvent): void {
    if (event.type === "status") this.setStatus(event.status);
    else if (event.type === "devices") this.setDevices(event.devices);
    else if (event.type === "notices") this.noticed++;
    else {
      this.minute.record(event);
      this.arrived = performance.now();
      this.publish(event.at);
      this.askEarlier(event.at, event.intervalMs);
    }
  }

  /** Once, so that the last minute does not begin empty. Those who may not see who talks to whom begin with now. */
  private askEarlier(at: number, intervalMs: number): void {
    this.began ??= at - intervalMs;
    const passed = at - this.began;
    if (this.hasAskedEarlier || !access.state?.mayWatch || passed < RECORDED_MS || passed > WINDOW_MS) return;
    this.hasAskedEarlier = true;
    // Without an answer the minute fills by itself.
    void readEarlier(this.began).then(
      (events) => this.minute.precede(events),
      () => {},
    );
  }

  private setStatus(status: Status): void {
    this.status = status;
    this.now = status.time;
  }

  private setDevices(devices: Device[]): void {
    this.devices = devices;
    this.minute.keep(new Set(devices.map(({ mac }) => mac)));
  }

  private publish(at: number): void {
    const clock = performance.now();
    if (clock - this.lastFigures >= FIGURES_MS) {
      this.lastFigures = clock;
      this.total = this.minute.mean(this.minute.total, FIGURE_WINDOW_MS);
      this.rates = this.perDevice((mac) => this.minute.mean(this.minute.of(mac), FIGURE_WINDOW_MS));
    }
    if (clock - this.lastOrder >= ORDER_MS || this.weight.size === 0) {
      this.lastOrder = clock;
      this.beat++;
      this.weight = this.perDevice((mac) => {
        const { up, down } = this.minute.mean(this.minute.of(mac), ORDER_WINDOW_MS);
        return up + down;
      });
    }
    if (at - this.now >= 1_000) this.now = at;
  }

  private perDevice<T>(value: (mac: string) => T): Map<string, T> {
    return new Map((this.devices ?? []).map(({ mac }) => [mac, value(mac)]));
  }
}

export const home = new Home();

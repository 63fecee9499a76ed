import { readNow, type TrafficTotal, type WindowSeconds } from "../../api/traffic.ts";
import { Asked } from "../asked.svelte.ts";
import type { PlacesBy } from "./filtered.ts";

/** What the last table groups by. */
export type PurposesBy = "service" | "protocol";

/** The tables of the last seconds. */
export interface Talkers {
  devices: TrafficTotal[];
  places: TrafficTotal[];
  placesBy: PlacesBy;
  purposes: TrafficTotal[];
  purposesBy: PurposesBy;
}

/** As often as the router's seconds move on. */
const INTERVAL_MS = 1_000;
/** Rows of each table. */
const TOP = 300;

/** Who talks most within the last seconds, while that is asked for. */
export class LastSeconds {
  /** Null: the tables are of what the chart shows. */
  seconds = $state<WindowSeconds | null>(null);
  purposesBy = $state<PurposesBy>("service");
  readonly asked = new Asked(() => this.read(), INTERVAL_MS);

  constructor(private readonly placesBy: () => PlacesBy) {}

  private async read(): Promise<Talkers> {
    const { purposesBy } = this;
    const [seconds, placesBy] = [this.seconds ?? 10, this.placesBy()];
    const top = (by: Parameters<typeof readNow>[0]) => readNow(by, seconds, TOP);
    const [devices, places, purposes] = await Promise.all([top("device"), top(placesBy), top(purposesBy)]);
    return { devices, places, placesBy, purposes, purposesBy };
  }
}

import { readExtent, readSeries } from "../api/traffic.ts";
import { Asked } from "./asked.svelte.ts";
import { type DayColumns, dayBefore, dayColumns, knownSince, MINUTE_MS } from "./day.ts";
import { home } from "./home.svelte.ts";

/** A device's last 24 hours by minutes. */
export function deviceDay(mac: string): Asked<DayColumns> {
  return new Asked(async () => {
    const range = dayBefore(home.now);
    const [series, extent] = await Promise.all([
      readSeries({ device: mac, step: MINUTE_MS, ...range }),
      readExtent(),
    ]);
    return dayColumns(series, range, knownSince(extent));
  }, MINUTE_MS);
}

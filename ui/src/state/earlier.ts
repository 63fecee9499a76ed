import type { TrafficEvent } from "../api/router.ts";
import { readExtent, readSeries, type TrafficSeries } from "../api/traffic.ts";
import { WINDOW_MS } from "./last-minute.ts";

/** As fine as the live stream is. */
const STEP_MS = 100;
/** Devices with a line of their own; the others are in the sum. */
const TOP = 40;

/** What the live stream would have told of the minute before `to`, on the router's clock. Throws NoAnswer. */
export async function readEarlier(to: number): Promise<TrafficEvent[]> {
  const range = { from: Math.max(0, to - WINDOW_MS), to, step: STEP_MS };
  const [series, { oldest100ms }] = await Promise.all([
    readSeries({ ...range, by: "device", top: TOP }),
    readExtent(),
  ]);
  return oldest100ms === 0 ? [] : eventsOf(series, Math.max(range.from, oldest100ms), to);
}

/** The steps of a series by device that lie between `since` and `to`, as the live stream would have told them. */
export function eventsOf({ from, step, groups }: TrafficSeries, since: number, to: number): TrafficEvent[] {
  const count = groups[0]?.up.length ?? 0;
  const events = Array.from({ length: count }, (_, i) => {
    const volumes = groups.map(({ key, up, down }) => ({
      mac: key.device,
      up: up[i] ?? 0,
      down: down[i] ?? 0,
    }));
    const sum = (direction: "up" | "down") => volumes.reduce((bytes, volume) => bytes + volume[direction], 0);
    return {
      type: "traffic" as const,
      at: from + (i + 1) * step,
      intervalMs: step,
      total: { up: sum("up"), down: sum("down") },
      devices: volumes.flatMap(({ mac, up, down }) =>
        mac === undefined || up + down === 0 ? [] : { mac, up, down },
      ),
    };
  });
  return events.filter(({ at }) => at - step >= since && at <= to);
}

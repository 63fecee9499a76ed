import type { Device } from "../../api/router.ts";
import { inline, volume } from "../../format/rate.ts";
import { duration } from "../../format/time.ts";
import { labelOf } from "../../state/traffic/groups.ts";
import type { TrafficPage } from "../../state/traffic/traffic-page.svelte.ts";
import { rangeText } from "../timeline/time-axis.ts";

/** What the timeline shows, in a sentence for those who cannot see it. It is as new as the tables are. */
export function summaryOf(page: TrafficPage, devices: readonly Device[] | null): string {
  const { told } = page.summary;
  if (told === null) return "Traffic over time, loading";
  const { statistics, range } = told;
  const isLive = page.isLive && page.view.selection === null;
  const when = isLive ? `in the last ${duration(range.to - range.from)}` : rangeText(range, page.now());
  const { total: down } = statistics.down;
  const { total: up } = statistics.up;
  if (down + up === 0) return `No traffic ${when}.`;
  const first = told.devices[0];
  const most =
    first === undefined
      ? ""
      : ` ${Math.round(((first.up + first.down) / (down + up)) * 100)} % of it by ${labelOf("device", first.key, devices)}.`;
  return `Traffic ${when}: ${inline(volume(down))} down, ${inline(volume(up))} up.${most}`;
}

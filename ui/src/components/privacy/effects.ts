import { captureMemoryLength } from "@gatehouse/runtime/traffic/capture/memory.ts";
import type { TrafficSettings } from "../../api/privacy.ts";
import type { TrafficExtent } from "../../api/traffic.ts";
import { inline, volume } from "../../format/rate.ts";
import { duration } from "../../format/time.ts";
import { DAY_MS, HOUR_MS } from "../../state/day.ts";
import type { Amount } from "../../state/privacy.ts";

const MEGABYTE = 1_000_000;

/** What each amount is, in one sentence. */
export const HELP: Record<Amount["name"], string> = {
  historyMegabytes:
    "Memory for whom each device talked to at every tenth of a second. When it is full, the oldest detail goes first.",
  keepSecondsDays: "How long the sums of each second are kept on the router’s disk. 0 keeps none.",
  keepMinutesDays: "How long the sums of each minute are kept on the router’s disk. 0 keeps none.",
  captureMegabytes:
    "Memory for the packets themselves, so that you can look back. 0 keeps none. Another size begins anew.",
  captureTotalMegabytes:
    "No more than this is taken for packets. When it is full, one more device gets the place of the one that was silent for longest. Another size begins anew.",
};

/** What a value comes to in this home. `now` is the router's clock. */
export function effectOf(
  name: Amount["name"],
  settings: TrafficSettings,
  extent: TrafficExtent | null,
  now: number,
): string {
  const since = (oldest: number) =>
    oldest === 0 ? "Nothing is there yet." : `Now it reaches back ${duration(now - oldest)}.`;
  switch (name) {
    case "historyMegabytes":
      return extent === null
        ? ""
        : `${reach(settings.historyMegabytes, extent)} ${since(extent.oldest100ms)}`;
    case "keepSecondsDays":
      return settings[name] === 0 ? "None is kept." : extent === null ? "" : since(extent.oldestSecond);
    case "keepMinutesDays":
      return settings[name] === 0 ? "None is kept." : extent === null ? "" : since(extent.oldestMinute);
    case "captureMegabytes":
      return settings[name] === 0
        ? "No packets are kept, of any device."
        : `${settings[name] * 8} seconds at 1 Mbit/s; a quiet device fills it in hours.`;
    case "captureTotalMegabytes":
      return extent === null ? "" : capturesOf(settings, extent.captureLimitBytes);
  }
}

/** Of how many devices packets are kept, where the router's memory allows no more than `limit` bytes of them. */
function capturesOf({ captureMegabytes, captureTotalMegabytes }: TrafficSettings, limit: number): string {
  if (captureMegabytes === 0) return "No packets are kept, of any device.";
  const bytes = captureTotalMegabytes * MEGABYTE;
  const devices = Math.floor(Math.min(bytes, limit) / captureMemoryLength(1, captureMegabytes * MEGABYTE));
  const room =
    devices === 0 ? "Not enough for one device, so none are kept" : `Enough for ${devicesText(devices)}`;
  return bytes <= limit
    ? `${room}.`
    : `${room}: this router’s memory allows ${inline(volume(limit))} for packets.`;
}

function devicesText(count: number): string {
  return count === 1 ? "1 device" : `${count} devices`;
}

/** How long the detail of the present pairs fits into so much memory. */
function reach(megabytes: number, { pairs, bytesPerPairAndHour }: TrafficExtent): string {
  const perHour = pairs * bytesPerPairAndHour;
  if (perHour === 0) return "";
  const length = Math.min(DAY_MS, ((megabytes * 1e6) / perHour) * HOUR_MS);
  return length === DAY_MS
    ? "Enough for the whole 24 hours as this home is now."
    : `Enough for ${duration(length)} as this home is now.`;
}

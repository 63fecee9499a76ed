import { DAY, HOUR, type Range, SECOND } from "../../state/traffic/range.ts";
import { clockText, offsetAt, tickLabel } from "../timeline/time-axis.ts";

/** What a live range lacks, as it moves on between two looks: a part of the range, and a moment. */
const UNDER_WAY_PART = 1 / 100;
const UNDER_WAY_MS = 2 * SECOND;

const WHY = "the router keeps them for 24 hours, and not over a restart";

/**
 * Why services say less than the other tables; undefined when they do not. Since when traffic is known at all, and since when services
 * are: milliseconds since 1970, 0 for not at all.
 */
export function servicesText(range: Range, oldest: number, oldestService: number): string | undefined {
  const from = Math.max(range.from, oldest);
  const isAll =
    oldestService > 0 && oldestService - from <= UNDER_WAY_MS + (range.to - from) * UNDER_WAY_PART;
  if (oldest === 0 || from >= range.to || isAll) return undefined;
  if (oldestService === 0 || oldestService >= range.to) return `Services are not known of this time: ${WHY}.`;
  const offset = offsetAt(oldestService);
  const clock = clockText(oldestService, offset, "minute");
  const isLong = range.to - range.from > 12 * HOUR;
  const since = isLong ? `${tickLabel(oldestService, DAY, offset)} ${clock}` : clock;
  return `Services are known since ${since} only: ${WHY}.`;
}

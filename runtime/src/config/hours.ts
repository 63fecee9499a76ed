import type { Config } from "./schema.ts";

/** Spans of hours of the week, as `off` and `offline` in the configuration. */
export type Hours = Config["devices"][number]["offline"];
type Day = Hours[number]["days"][number];

const DAYS: readonly Day[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/**
 * Whether `instant`, milliseconds since 1970, lies in one of `hours`, by the clocks on the walls of `timezone`: an hour that the
 * clocks skip in spring does not come, and one that they repeat in autumn counts both times. Throws RangeError for an unknown zone.
 */
export function isWithin(hours: Hours, timezone: string, instant: number): boolean {
  if (hours.length === 0) return false;
  const { day, time } = wallClock(timezone, instant);
  const before = DAYS[(DAYS.indexOf(day) + 6) % 7]!;
  return hours.some(({ days, from, to }) => {
    if (from < to) return days.includes(day) && from <= time && time < to;
    // Over midnight: it began today, or the day before.
    return (days.includes(day) && from <= time) || (days.includes(before) && time < to);
  });
}

/** The day and the time, as "21:30", which compares as text. */
function wallClock(timezone: string, instant: number): { day: Day; time: string } {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: timezone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, value]));
  return {
    day: parts.get("weekday")!.toLowerCase() as Day,
    time: `${parts.get("hour")}:${parts.get("minute")}`,
  };
}

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

const MINUTE = 60_000;
/** Clocks are set at whole half hours of UTC, so that within one the time on the wall and UTC go together. */
const STEP = 30 * MINUTE;
const LONGEST = 8 * 24 * 3_600_000;

/**
 * Whether `instant` lies in one of `hours`, and when that changes, milliseconds since 1970; null: not within eight days. Throws
 * RangeError for an unknown zone.
 */
export function changesAt(
  hours: Hours,
  timezone: string,
  instant: number,
): { isWithin: boolean; until: number | null } {
  const now = isWithin(hours, timezone, instant);
  if (hours.length === 0) return { isWithin: now, until: null };
  const bounds = hours.flatMap(({ from, to }) => [minutes(from), minutes(to)]);
  for (let step = instant - (instant % STEP); step < instant + LONGEST; step += STEP) {
    const first = minutes(wallClock(timezone, step).time);
    const until = bounds
      .map((bound) => (bound - first) * MINUTE)
      // The first of them, where the clocks may have been set.
      .concat(0)
      .filter((offset) => offset >= 0 && offset < STEP && step + offset > instant)
      .sort((a, b) => a - b)
      .find((offset) => isWithin(hours, timezone, step + offset) !== now);
    if (until !== undefined) return { isWithin: now, until: step + until };
  }
  return { isWithin: now, until: null };
}

/** Of "21:30", since midnight. */
function minutes(time: string): number {
  return 60 * Number(time.slice(0, 2)) + Number(time.slice(3));
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making one costs a hundred times what using it does. */
function formatFor(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: timezone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  formats.set(timezone, format);
  return format;
}

/** The day and the time, as "21:30", which compares as text. */
export function wallClock(timezone: string, instant: number): { day: Day; time: string } {
  const parts = new Map(
    formatFor(timezone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  );
  return {
    day: parts.get("weekday")!.toLowerCase() as Day,
    time: `${parts.get("hour")}:${parts.get("minute")}`,
  };
}

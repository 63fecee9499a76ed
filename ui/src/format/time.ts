const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STEPS: [limit: number, unit: number, name: string][] = [
  [MINUTE, SECOND, "second"],
  [HOUR, MINUTE, "minute"],
  [2 * DAY, HOUR, "hour"],
  [Number.POSITIVE_INFINITY, DAY, "day"],
];

/** A length of time in its largest unit: "3 days", "1 minute"; under five seconds "a moment". Milliseconds. */
export function duration(length: number): string {
  if (length < 5 * SECOND) return "a moment";
  const [, unit, name] = STEPS.find(([limit]) => length < limit) ?? STEPS[3]!;
  const count = Math.floor(length / unit);
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}

/** A length of time in its largest unit, as short as a column of a table: "12 s", "3 min", "2 h", "5 d". Milliseconds. */
export function brief(length: number): string {
  if (length < MINUTE) return `${Math.floor(length / SECOND)} s`;
  if (length < HOUR) return `${Math.floor(length / MINUTE)} min`;
  return length < 2 * DAY ? `${Math.floor(length / HOUR)} h` : `${Math.floor(length / DAY)} d`;
}

/** When something was, seen from `now`; both milliseconds since 1970. */
export function ago(then: number, now: number): string {
  return now - then < 5 * SECOND ? "now" : `${duration(now - then)} ago`;
}

/** When something will be, seen from `now`. */
export function until(then: number, now: number): string {
  return then <= now ? "over" : `in ${duration(then - now)}`;
}

/** Date and time in full, in the zone of whoever looks. */
export function absolute(time: number): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: "full", timeStyle: "medium" });
}

/** Hours and minutes on the clock of whoever looks: "14:05". */
export function clock(time: number): string {
  return new Date(time).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

/** A moment as a field for date and time takes it, in the zone of whoever looks: "2026-11-22T18:30:05". */
export function localInput(time: number): string {
  const date = new Date(time);
  return new Date(time - date.getTimezoneOffset() * MINUTE).toISOString().slice(0, 19);
}

/** What such a field holds, or undefined while it is not whole. */
export function parseLocalInput(text: string): number | undefined {
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

import { DAY, HOUR, lengthOf, MINUTE, type Range, SECOND } from "../../state/traffic/range.ts";

/** Distances of the axis' times. */
const DISTANCES = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7, 14, 28, 56, 112].map((days) => days * DAY),
];
/** A label and the room it needs around it, pixels. */
const LABEL_WIDTH = 92;

/** The distance of the times on an axis of `pixels`, milliseconds. */
export function distanceFor(length: number, pixels: number): number {
  const least = (length * LABEL_WIDTH) / Math.max(pixels, LABEL_WIDTH);
  return DISTANCES.find((distance) => distance >= least) ?? DISTANCES.at(-1)!;
}

/** Times in `range` that are whole multiples of `distance` on a clock `offset` milliseconds ahead of UTC. */
export function ticksIn(range: Range, distance: number, offset: number): number[] {
  const first = Math.ceil((range.from + offset) / distance);
  const count = Math.max(0, Math.floor((range.to + offset) / distance) - first + 1);
  return Array.from({ length: count }, (_, i) => (first + i) * distance - offset);
}

/** How far the clock of whoever looks is ahead of UTC at `time`, milliseconds. */
export function offsetAt(time: number): number {
  return -new Date(time).getTimezoneOffset() * MINUTE;
}

/** A time as the axis writes it: no finer than its distance needs; midnight is a date. */
export function tickLabel(time: number, distance: number, offset: number): string {
  const clock = new Date(time + offset);
  if (distance >= DAY || (time + offset) % DAY === 0)
    return `${clock.getUTCDate()} ${MONTHS[clock.getUTCMonth()]}`;
  return clockText(
    time,
    offset,
    distance >= MINUTE ? "minute" : distance >= SECOND ? "second" : "tick",
    distance,
  );
}

/** A time of day; to the millisecond where distances are shorter than a tick. */
export function clockText(
  time: number,
  offset: number,
  to: "minute" | "second" | "tick",
  distance = 100,
): string {
  const text = new Date(time + offset).toISOString();
  if (to === "minute") return text.slice(11, 16);
  if (to === "second") return text.slice(11, 19);
  return text.slice(11, distance >= 100 ? 21 : 23);
}

/** A range in words: "21:14:05 to 21:19:05", with dates where it is long or was on another day than `today`. */
export function rangeText(range: Range, today: number): string {
  const offset = offsetAt(range.from);
  const day = (time: number) => Math.floor((time + offset) / DAY);
  const length = lengthOf(range);
  const fine = length < 10 * SECOND ? "tick" : length < 2 * HOUR ? "second" : "minute";
  const at = (time: number, dated: boolean) => {
    const date = dated ? `${tickLabel(time, DAY, offset)} ` : "";
    return `${date}${clockText(time, offset, fine)}`;
  };
  const isToday = day(range.from) === day(today) && day(range.to) === day(today);
  const isOneDay = day(range.from) === day(range.to);
  return `${at(range.from, !isToday)} to ${at(range.to, !isToday && !isOneDay)}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

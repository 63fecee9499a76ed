/** Milliseconds of a tick, the finest step of the history. Ticks count from the Unix epoch. */
export const TICK_MS = 100;

export const SECOND = 10;
export const TEN_SECONDS = 10 * SECOND;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
/** What the history keeps, in ticks. */
export const RETENTION = 24 * HOUR;

/**
 * Levels, finest first: ticks of a bin at each. A bin's tick is its first, a multiple of its length. 100 ms and seconds are the detail:
 * a time has one of them or neither. Tens of seconds and minutes stand beside it and are what long ranges are added up from; minutes are
 * there for all times.
 */
export const LEVEL_TICKS = [1, SECOND, TEN_SECONDS, MINUTE] as const;
export const LEVELS = LEVEL_TICKS.length;
export const SECOND_LEVEL = 1;
export const TENS_LEVEL = 2;
export const MINUTE_LEVEL = 3;

/** A condition that did not come true in time; the message tells which, and what was known last. */
export class DeadlineError extends Error {
  override name = "DeadlineError";
}

/** What is waited for, for how long (milliseconds), and what to show when it does not happen. */
export interface Deadline {
  readonly what: string;
  readonly within: number;
  /** The tail of a log that explains a failure. */
  readonly tail?: (() => string) | undefined;
}

const interval = 100;

/**
 * Asks `probe` until it returns something other than undefined or false, and returns that.
 * A probe that throws counts as "not yet"; its last error is part of the DeadlineError.
 */
export async function until<T>(
  deadline: Deadline,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const end = performance.now() + deadline.within;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) throw failure(deadline, last);
    await Bun.sleep(interval);
  }
}

function failure(deadline: Deadline, last: unknown): DeadlineError {
  const seconds = (deadline.within / 1000).toFixed(1);
  const lines = [`no ${deadline.what} within ${seconds} s`];
  if (last !== undefined) lines.push(`last error: ${last instanceof Error ? last.message : last}`);
  const tail = deadline.tail?.();
  if (tail) lines.push(tail);
  return new DeadlineError(lines.join("\n"));
}

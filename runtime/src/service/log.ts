/** A named writer of log lines for people. */
export interface Log {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
  /** Warns once a minute for each `kind` and then says how many more there were: for what strangers can cause. */
  limited(kind: string, text: string): void;
}

const MINUTE = 60_000;

/**
 * Log lines on standard error as "<priority>area: text"; journald reads the priority (sd-daemon(3)).
 * Control characters in `text` are replaced, so nothing from the network can forge a line.
 */
export function createLog(
  area: string,
  write: (line: string) => void = writeToStderr,
  // Not Date.now: a wall clock that is set back would silence a kind for as long.
  now: () => number = () => performance.now(),
): Log {
  const seen = new Map<string, { since: number; suppressed: number }>();
  const line = (priority: number, text: string) => write(`<${priority}>${area}: ${harmless(text)}\n`);
  return {
    info: (text) => line(6, text),
    warn: (text) => line(4, text),
    error: (text) => line(3, text),
    limited(kind, text) {
      const entry = seen.get(kind);
      if (entry !== undefined && now() - entry.since < MINUTE) {
        entry.suppressed++;
        return;
      }
      const more = entry?.suppressed
        ? ` (and ${entry.suppressed} more of this kind since the last line)`
        : "";
      seen.set(kind, { since: now(), suppressed: 0 });
      line(4, text + more);
    },
  };
}

function writeToStderr(text: string): void {
  process.stderr.write(text);
}

function harmless(text: string): string {
  return text.replace(/\p{C}/gu, "\u{fffd}");
}

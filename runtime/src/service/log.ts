/** A named writer of log lines for people. */
export interface Log {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
  /** Warns once a minute for each `kind` and then says how many more there were: for what strangers can cause. */
  limited(kind: string, text: string): void;
  /** The same for news, 60 times a minute: each is worth its line in a home, and strangers could cause thousands. */
  news(kind: string, text: string): void;
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
  const seen = new Map<string, { since: number; count: number }>();
  const line = (priority: number, text: string) => write(`<${priority}>${area}: ${harmless(text)}\n`);
  const rarely = (priority: number, most: number, kind: string, text: string) => {
    const entry = seen.get(kind);
    if (entry !== undefined && now() - entry.since < MINUTE) {
      if (++entry.count <= most) line(priority, text);
      return;
    }
    const suppressed = Math.max(0, (entry?.count ?? 0) - most);
    const more = suppressed > 0 ? ` (and ${suppressed} more of this kind since the last line)` : "";
    seen.set(kind, { since: now(), count: 1 });
    line(priority, text + more);
  };
  return {
    info: (text) => line(6, text),
    warn: (text) => line(4, text),
    error: (text) => line(3, text),
    limited: (kind, text) => rarely(4, 1, kind, text),
    news: (kind, text) => rarely(6, 60, kind, text),
  };
}

function writeToStderr(text: string): void {
  process.stderr.write(text);
}

function harmless(text: string): string {
  return text.replace(/\p{C}/gu, "\u{fffd}");
}

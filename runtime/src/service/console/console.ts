import { type ConsoleStatus, screenText } from "./screen.ts";

/** The API as the console reaches it: this machine's own. */
const API = "http://127.0.0.1/api";
const INTERVAL_MS = 2_000;
const CLEAR = "\x1b[2J\x1b[H";

/** Draws the router's state on standard output for ever, anew whenever it has changed. */
export async function runConsole(): Promise<never> {
  let shown = "";
  for (;;) {
    const text = await currentText();
    if (text !== shown) process.stdout.write(CLEAR + text);
    shown = text;
    await Bun.sleep(INTERVAL_MS);
  }
}

async function currentText(): Promise<string> {
  try {
    const [status, devices] = await Promise.all([
      get<ConsoleStatus>("/status"),
      get<{ connected: boolean }[]>("/devices"),
    ]);
    return screenText(status, devices.filter(({ connected }) => connected).length);
  } catch {
    // The router is starting, or between two starts: its service manager says why in the journal.
    return screenText(undefined, 0);
  }
}

async function get<T>(path: string): Promise<T> {
  const response = await fetch(API + path, { signal: AbortSignal.timeout(INTERVAL_MS) });
  if (!response.ok) throw new Error(`${path}: HTTP status ${response.status}`);
  return (await response.json()) as T;
}

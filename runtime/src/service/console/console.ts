import { type ConsoleStatus, screenText } from "./screen.ts";

/** The API as the console reaches it: this machine's own. */
const API = "http://127.0.0.1/api";
const INTERVAL_MS = 2_000;
const CLEAR = "\x1b[2J\x1b[H";
/** Typed here, it forgets the owner's password: whoever stands at the router may, as nobody can log in on it. */
const RESET = "owner reset";

/** What was drawn last, and what was answered to the last line typed. */
let shown = "";
let answer = "";

/** Draws the router's state on standard output for ever, anew whenever it has changed, and obeys what is typed. */
export async function runConsole(): Promise<never> {
  void obeyKeyboard();
  for (;;) {
    await draw();
    await Bun.sleep(INTERVAL_MS);
  }
}

async function draw(): Promise<void> {
  const text = (await currentText()) + answer;
  if (text !== shown) process.stdout.write(CLEAR + text);
  shown = text;
}

async function obeyKeyboard(): Promise<void> {
  for await (const line of console) {
    const words = line.trim();
    answer =
      words === ""
        ? ""
        : `\n  ${words === RESET ? await resetOwner() : `Only this is known here: ${RESET}`}\n`;
    // What was typed is on the screen, too.
    shown = "";
    await draw();
  }
}

async function resetOwner(): Promise<string> {
  try {
    const response = await ask("/access/owner", { method: "DELETE" });
    if (response.ok)
      return "The password is forgotten. Choose a new one on the web page now: whoever comes first does.";
  } catch {
    // As below.
  }
  return "The router did not answer; try again in a moment.";
}

async function currentText(): Promise<string> {
  try {
    const [status, devices, { owner }] = await Promise.all([
      get<ConsoleStatus>("/status"),
      get<{ connected: boolean }[]>("/devices"),
      get<{ owner: "none" | "set" }>("/access"),
    ]);
    return screenText({ ...status, owner }, devices.filter(({ connected }) => connected).length);
  } catch {
    // The router is starting, or between two starts: its service manager says why in the journal.
    return screenText(undefined, 0);
  }
}

async function get<T>(path: string): Promise<T> {
  const response = await ask(path);
  if (!response.ok) throw new Error(`${path}: HTTP status ${response.status}`);
  return (await response.json()) as T;
}

function ask(path: string, request: RequestInit = {}): Promise<Response> {
  return fetch(API + path, { ...request, signal: AbortSignal.timeout(INTERVAL_MS) });
}

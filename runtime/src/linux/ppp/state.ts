import { readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { type IPv4, parseIPv4 } from "../../addr/ipv4.ts";

/** What became of a PPP link last. */
export interface PppState {
  /** The provider's name servers; empty while the link is down. */
  dns: IPv4[];
  /** pppd's exit status (pppd(8)) when it ended after all; null while it runs. */
  exit: number | null;
}

/** The state of the link `name`, as the scripts around pppd leave it in `folder`; undefined before it was up or ended once. */
export function readPppState(name: string, folder: string): PppState | undefined {
  try {
    return parsePppState(readFileSync(join(folder, `${name}.state`), "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Shell-like assignments; a provider that names one server twice is asked once. */
export function parsePppState(text: string): PppState {
  const words = (key: string) => new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1]?.split(" ") ?? [];
  const exit = Number.parseInt(words("EXIT")[0] ?? "", 10);
  return {
    dns: [...new Set(words("DNS").flatMap((word) => parseIPv4(word) ?? []))],
    exit: Number.isNaN(exit) ? null : exit,
  };
}

/** Calls `onChange` whenever the state of a link has changed; errors of the watch go to `onError`. Throws ENOENT without a folder. */
export function watchPppStates(
  folder: string,
  onChange: () => void,
  onError: (error: Error) => void,
): { close(): void } {
  const watcher = watch(folder, (_, name) => {
    if (name?.endsWith(".state")) onChange();
  });
  watcher.on("error", onError);
  return watcher;
}

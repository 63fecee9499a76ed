import { readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { type IPv4, parseIPv4 } from "../../addr/ipv4.ts";

/** What networkd learnt on a link by DHCP. */
export interface LinkState {
  /** "routable" with an address and a route, "carrier" without an address, "no-carrier" without a cable (networkctl(1)). */
  operational: string;
  dns: IPv4[];
  ntp: string[];
}

const NETIF = "/run/systemd/netif";

/**
 * The state networkd keeps of the link with index `link`; undefined when it has none. The files under /run/systemd/netif
 * are what sd-network, and so networkctl, reads; Varlink offers the same from systemd 258 on, when this can ask there.
 */
export function readLinkState(link: number, netif = NETIF): LinkState | undefined {
  try {
    return parseLinkState(readFileSync(join(netif, "links", String(link)), "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Shell-like assignments; words of a list are separated by blanks. What is no IPv4 address is left out of `dns`. */
export function parseLinkState(text: string): LinkState {
  const words = (key: string) => {
    const value = new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1] ?? "";
    return value.split(" ").filter((word) => word !== "");
  };
  return {
    operational: words("OPER_STATE")[0] ?? "",
    dns: words("DNS").flatMap((word) => parseIPv4(word) ?? []),
    ntp: words("NTP"),
  };
}

/**
 * Calls `onChange` whenever networkd has written the state of any link; errors of the watch go to `onError`. Throws ENOENT
 * before networkd has run once: it makes the folder for itself, and one made for it would not be its own to write.
 */
export function watchLinkStates(
  onChange: () => void,
  onError: (error: Error) => void,
  netif = NETIF,
): { close(): void } {
  const watcher = watch(join(netif, "links"), (_, name) => {
    // networkd writes beside the file and renames; the temporary names begin with a dot.
    if (name === null || /^\d+$/.test(name)) onChange();
  });
  watcher.on("error", onError);
  return watcher;
}

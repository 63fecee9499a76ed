import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { isBootedBySystemd, systemctl } from "../systemd/units.ts";

/** There is no networkd to take up the units. */
export class NetworkdError extends Error {
  override name = "NetworkdError";
}

/**
 * Makes networkd read its units again; it reconfigures only the links whose unit changed. systemd 257's networkd does so on
 * SIGHUP (its unit is Type=notify-reload) and offers it over D-Bus besides, but not over Varlink. Where systemd runs the
 * machine, it sends the signal and waits for the reload, or starts networkd; elsewhere the signal is sent here. Throws
 * UnitError or NetworkdError.
 */
export async function reloadNetworkd(): Promise<void> {
  if (isBootedBySystemd()) await systemctl("reload-or-restart", "systemd-networkd.service");
  else signalNetworkd();
}

/** Tells the networkd of the calling thread's network namespace to reload. Throws NetworkdError when none runs there. */
export function signalNetworkd(): void {
  const namespace = readlinkSync("/proc/thread-self/ns/net");
  const pid = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .find((pid) => isNetworkd(pid, namespace));
  if (pid === undefined) throw new NetworkdError("reloading networkd: none runs in this network namespace");
  process.kill(Number(pid), "SIGHUP");
}

function isNetworkd(pid: string, namespace: string): boolean {
  try {
    // The kernel cuts names at 15 characters.
    const name = readFileSync(`/proc/${pid}/comm`, "utf8");
    return name === "systemd-network\n" && readlinkSync(`/proc/${pid}/ns/net`) === namespace;
  } catch {
    return false; // It ended meanwhile, or belongs to somebody else.
  }
}

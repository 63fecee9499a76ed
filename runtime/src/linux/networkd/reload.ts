import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { isBootedBySystemd, systemctl } from "../systemd/units.ts";

/** There is no networkd to take up the units. */
export class NetworkdError extends Error {
  override name = "NetworkdError";
}

/**
 * Makes networkd read its units again; it reconfigures only the links whose unit changed. systemd 257's networkd does so on
 * SIGHUP (its unit is Type=notify-reload) and offers it over D-Bus besides, but not over Varlink. Where systemd runs the
 * machine, it sends the signal and waits for the reload; elsewhere the signal goes to the networkd of this network
 * namespace. Throws UnitError or NetworkdError.
 */
export async function reloadNetworkd(): Promise<void> {
  if (isBootedBySystemd()) return systemctl("reload", "systemd-networkd.service");
  const pid = findNetworkd();
  if (pid === undefined) throw new NetworkdError("reloading networkd: none runs in this network namespace");
  process.kill(pid, "SIGHUP");
}

function findNetworkd(): number | undefined {
  const namespace = readlinkSync("/proc/self/ns/net");
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => {
      try {
        // The kernel cuts names at 15 characters.
        const isNetworkd = readFileSync(`/proc/${pid}/comm`, "utf8") === "systemd-network\n";
        return isNetworkd && readlinkSync(`/proc/${pid}/ns/net`) === namespace;
      } catch {
        return false; // It ended meanwhile, or belongs to somebody else.
      }
    });
}

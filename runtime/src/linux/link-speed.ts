import { readFileSync } from "node:fs";

/** Negotiated speed of an Ethernet port in Mbit/s; null without carrier and for links that have none (virtual ones). */
export function linkSpeed(name: string): number | null {
  try {
    const speed = Number(readFileSync(`/sys/class/net/${name}/speed`, "utf8"));
    return speed > 0 ? speed : null;
  } catch {
    // The file answers EINVAL while the port has no carrier, and is gone with the port.
    return null;
  }
}

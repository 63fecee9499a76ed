import { type IPv4, parseIPv4 } from "../addr/ipv4.ts";
import { broadcast, network, overlaps, type Prefix } from "../addr/prefix.ts";
import type { HostAddress, LanConfig } from "./schema.ts";

const prefix = (a: number, b: number, c: number): Prefix => ({
  address: ((a << 24) | (b << 16) | (c << 8) | 1) >>> 0,
  length: 24,
});

/** The networks tried in turn: rare ones among those that providers' boxes use, then the other two private blocks (RFC 1918, 3). */
export const LAN_CANDIDATES: readonly Prefix[] = [
  ...[77, 78, 87, 113, 171].map((third) => prefix(192, 168, third)),
  ...[77, 117, 213].map((second) => prefix(10, second, 77)),
  prefix(172, 29, 77),
];

/**
 * The LAN's network: `current` as long as it does not overlap a network of the WAN, since a move takes every device's
 * address; else the first candidate that does not. Undefined when all overlap.
 */
export function chooseLanPrefix(
  current: Prefix | undefined,
  wanPrefixes: readonly Prefix[],
  candidates: readonly Prefix[] = LAN_CANDIDATES,
): Prefix | undefined {
  const isFree = (candidate: Prefix) => !wanPrefixes.some((wan) => overlaps(candidate, wan));
  if (current !== undefined && isFree(current)) return current;
  return candidates.find(isFree);
}

/** The address that `host` means in the network `lan`: itself, or counted from the network's first address. */
export function hostAddress(lan: Prefix, host: HostAddress): IPv4 {
  return typeof host === "number" ? network(lan) + host : (parseIPv4(host) ?? network(lan));
}

/**
 * The addresses handed out in `lan`, both ends included. "auto" leaves the low ones of a network of 256 addresses or more
 * to fixed devices: 100 to 249; a smaller network is used whole. The router's own address may lie inside and is not handed out.
 */
export function dhcpRange(lan: Prefix, dhcp: LanConfig["dhcp"]): { first: IPv4; last: IPv4 } {
  const isLarge = lan.length <= 24;
  const end = broadcast(lan) - network(lan) - 1;
  return {
    first: hostAddress(lan, dhcp.first === "auto" ? (isLarge ? 100 : 1) : dhcp.first),
    last: hostAddress(lan, dhcp.last === "auto" ? (isLarge ? 249 : end) : dhcp.last),
  };
}

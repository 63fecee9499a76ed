import type { IPv4 } from "../addr/ipv4.ts";
import { contains, type Prefix, parsePrefix } from "../addr/prefix.ts";

/** The reverse name of `address` without a final dot (RFC 1035 §3.5). */
export function reverseName(address: IPv4): string {
  const octets = [address & 255, (address >>> 8) & 255, (address >>> 16) & 255, address >>> 24];
  return `${octets.join(".")}.in-addr.arpa`;
}

/** The address whose reverse name `name` is; undefined when it is none, or that of a larger zone. */
export function reverseAddress(name: string): IPv4 | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/.exec(name);
  if (match === null) return undefined;
  const octets = match.slice(1).reverse().map(Number);
  return octets.some((octet) => octet > 255)
    ? undefined
    : octets.reduce((address, octet) => address * 256 + octet, 0);
}

/** Whether `name` is `zone` or below it. */
export function isWithin(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

/**
 * Addresses whose reverse names mean nothing outside the home or nothing at all (RFC 6303 §4, RFC 7793): asking
 * others about them would only tell who is at home here.
 */
const PRIVATE_REVERSE: readonly Prefix[] = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.2.0/24",
  "192.168.0.0/16",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "255.255.255.255/32",
].map((text) => parsePrefix(text)!);

/** The same for IPv6: unspecified, loopback, unique local, link-local and documentation addresses. */
const PRIVATE_REVERSE6 = [
  `${"0.".repeat(32)}ip6.arpa`,
  `1.${"0.".repeat(31)}ip6.arpa`,
  "c.f.ip6.arpa",
  "d.f.ip6.arpa",
  "8.e.f.ip6.arpa",
  "9.e.f.ip6.arpa",
  "a.e.f.ip6.arpa",
  "b.e.f.ip6.arpa",
  "8.b.d.0.1.0.0.2.ip6.arpa",
];

/**
 * The private zone the reverse name `name` is in, or undefined. Zones are cut at the octet, as the names are:
 * 16.172.in-addr.arpa for 172.16.0.0/12.
 */
export function privateReverseZone(name: string): string | undefined {
  const zone6 = PRIVATE_REVERSE6.find((zone) => isWithin(name, zone));
  if (zone6 !== undefined) return zone6;
  const match = /(?:^|\.)((?:\d{1,3}\.){1,4})in-addr\.arpa$/.exec(name);
  const octets = (match?.[1] ?? "")
    .split(".")
    .filter((part) => part !== "")
    .reverse()
    .map(Number);
  const inside = PRIVATE_REVERSE.find((prefix) => {
    const needed = Math.ceil(prefix.length / 8);
    const address = octets.slice(0, needed).reduce((sum, octet, i) => sum + octet * 2 ** (24 - 8 * i), 0);
    return octets.length >= needed && contains(prefix, address);
  });
  if (inside === undefined) return undefined;
  return `${octets
    .slice(0, Math.ceil(inside.length / 8))
    .reverse()
    .join(".")}.in-addr.arpa`;
}

/**
 * Domains that public resolvers do not serve and that are not to be asked about: mDNS (RFC 6762 §22.1), home networks
 * (RFC 8375), onion services (RFC 7686), names that never exist (RFC 6761 §6.4), and the discovery of encrypted
 * resolvers, which would lead clients past this one (RFC 9462 §6.3).
 */
export const UNFORWARDED_DOMAINS = ["local", "home.arpa", "onion", "invalid", "resolver.arpa"] as const;

import { formatIPv4, type IPv4, parseIPv4 } from "./ipv4.ts";

/** An IPv4 address together with the length, 0 to 32, of the network prefix it lies in. */
export interface Prefix {
  address: IPv4;
  length: number;
}

const CIDR = /^([\d.]+)\/(\d{1,2})$/;

/** Parses "192.0.2.1/24"; host bits are kept. Undefined for anything else. */
export function parsePrefix(text: string): Prefix | undefined {
  const match = CIDR.exec(text);
  const address = parseIPv4(match?.[1] ?? "");
  const length = Number(match?.[2]);
  return address === undefined || length > 32 ? undefined : { address, length };
}

export function formatPrefix(prefix: Prefix): string {
  return `${formatIPv4(prefix.address)}/${prefix.length}`;
}

/** The netmask as an address: 24 gives 255.255.255.0. */
export function netmask(length: number): IPv4 {
  return length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
}

/** The prefix's first address, its host bits all zero. */
export function network(prefix: Prefix): IPv4 {
  return (prefix.address & netmask(prefix.length)) >>> 0;
}

/** The prefix's last address, its host bits all one: the subnet's broadcast address. */
export function broadcast(prefix: Prefix): IPv4 {
  return (prefix.address | ~netmask(prefix.length)) >>> 0;
}

export function contains(prefix: Prefix, address: IPv4): boolean {
  return (address & netmask(prefix.length)) >>> 0 === network(prefix);
}

/** Whether the two share any address. */
export function overlaps(a: Prefix, b: Prefix): boolean {
  return a.length < b.length ? contains(a, b.address) : contains(b, a.address);
}

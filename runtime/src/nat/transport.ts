import { PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from "../wire/ipv4.ts";

/** The protocols whose endpoints carry a 16-bit number that can be translated: a port, or the identifier of an ICMP query. */
export type Transport = 0 | 1 | 2;

export const TCP: Transport = 0;
export const UDP: Transport = 1;
/** ICMP queries (RFC 5508 section 3.1); their identifier takes the place of the port. */
export const ICMP_QUERY: Transport = 2;

/** IP protocols without ports that are translated by address alone, one host for each remote address. */
export const ASSOCIATION_NAMES: ReadonlyMap<number, "ipip" | "6in4" | "gre" | "esp" | "sctp"> = new Map([
  [4, "ipip"],
  [41, "6in4"],
  [47, "gre"],
  [50, "esp"],
  [132, "sctp"],
] as const);

/** Whether an IP protocol is one of those. */
export function isAssociated(protocol: number): boolean {
  return protocol === 4 || protocol === 41 || protocol === 47 || protocol === 50 || protocol === 132;
}

/** Names for people and for messages, by transport. */
export const TRANSPORT_NAMES = ["tcp", "udp", "icmp"] as const;

/** The IP protocol number of a transport. */
export function protocolOf(transport: Transport): number {
  return transport === TCP ? PROTOCOL_TCP : transport === UDP ? PROTOCOL_UDP : PROTOCOL_ICMP;
}

/** The transport of an IP protocol number, or -1. */
export function transportOf(protocol: number): Transport | -1 {
  if (protocol === PROTOCOL_TCP) return TCP;
  if (protocol === PROTOCOL_UDP) return UDP;
  return protocol === PROTOCOL_ICMP ? ICMP_QUERY : -1;
}

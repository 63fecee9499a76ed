import { formatIPv4 } from "../addr/ipv4.ts";
import { formatPrefix, network, type Prefix } from "../addr/prefix.ts";

export const NAT_TABLE = "gatehouse_nat";

/** The bit of `meta mark` that this table sets on what a host of the home sends to our external addresses. */
export const MARK_HAIRPIN = 0x08000000;
/**
 * The bit that the engine sets on a packet that it sends through the same postrouting chain again (NF_REPEAT): it is
 * translated there or dropped, never queued twice.
 */
export const ANSWERED_MARK = 0x04000000;

/** The ICMP messages that quote the packet they are about. */
export const ERRORS = "{ destination-unreachable, time-exceeded, parameter-problem }";

/** Types of keys: an internal endpoint, and an external one. */
export const ENDPOINT = "inet_proto . ipv4_addr . inet_service";
export const EXTERNAL = "inet_proto . inet_service";

/** A chain; empty lines are left out. */
export function chain(name: string, lines: readonly string[]): string {
  const rules = lines.filter((line) => line !== "").map((line) => `    ${line}`);
  return [`  chain ${name} {`, ...rules, "  }"].join("\n");
}

export function baseChain(name: string, hook: string, priority: number, lines: readonly string[]): string {
  return chain(name, [`type filter hook ${hook} priority ${priority}; policy accept;`, ...lines]);
}

/** The statement that sets bits of the mark. */
export function mark(bits: number): string {
  return `meta mark set meta mark or ${hex(bits)}`;
}

export function isMarked(bit: number): string {
  return `meta mark & ${hex(bit)} != 0`;
}

export function isUnmarked(bit: number): string {
  return `meta mark & ${hex(bit)} == 0`;
}

function hex(bits: number): string {
  return `0x${bits.toString(16)}`;
}

/** A set or map in place: { a, b }. */
export function braces(elements: readonly string[]): string {
  return `{ ${elements.join(", ")} }`;
}

export function networks(prefixes: readonly Prefix[]): string {
  return braces(prefixes.map((prefix) => formatPrefix({ address: network(prefix), length: prefix.length })));
}

/** What a host's external address is, or the other way round, as a map in place. */
export function addressMap(pairs: readonly (readonly [from: number, to: number])[]): string {
  return braces(pairs.map(([from, to]) => `${formatIPv4(from)} : ${formatIPv4(to)}`));
}

/** Which port a rule rewrites: as TCP's or UDP's field, and where it stands in the header, in bits. */
export interface Port {
  field: "sport" | "dport";
  raw: "@th,0,16" | "@th,16,16";
}

export const SOURCE_PORT: Port = { field: "sport", raw: "@th,0,16" };
export const DESTINATION_PORT: Port = { field: "dport", raw: "@th,16,16" };

/** Rules that set the port from `map`, whose key `keyOf` spells for a transport, and go on with `then`. */
export function setPort(
  { field, raw }: Port,
  keyOf: (transport: "tcp" | "udp") => string,
  map: string,
  then: string,
): string[] {
  return [
    `tcp ${field} set ${keyOf("tcp")} map @${map} ${then}`,
    // A raw write: with "udp dport set" a checksum of zero, meaning none (RFC 768), would be updated into a wrong one.
    `udp checksum 0 ${raw} set ${keyOf("udp")} map @${map} ${then}`,
    `udp ${field} set ${keyOf("udp")} map @${map} ${then}`,
  ];
}

import { formatIPv4, type IPv4 } from "../addr/ipv4.ts";
import { FORWARDS } from "./nat-forwards.ts";
import { braces, ENDPOINT, EXTERNAL, NAT_TABLE } from "./nat-text.ts";

/** Elements of each map at most: every external port of two transports, or every ICMP identifier. */
const PORT_BINDINGS = 131072;
const QUERY_BINDINGS = 65536;
/** The engine's bounds. */
const SESSIONS = 65536;
const ASSOCIATIONS = 4096;
/** Whom filtered hosts have sent to lately: past that, newcomers' answers are not let in until others are forgotten. */
const PERMITTED = 131072;
/** As many hosts' rates as are looked at together; past that the rate of newcomers is not limited. */
const RATED_HOSTS = 4096;

/**
 * What the engine keeps in the kernel; "in" is by external endpoint, "out" by internal endpoint.
 * - bindings_preserved and queries_preserved: internal endpoints whose external number is their own, so that only the
 *   address is rewritten; the others are in `out`, `in_port` and `in_id`, the addresses of both in `in_addr`
 * - filtered: bindings of hosts that do not let everyone in, each in one of the `by` sets; permitted: whom those let in,
 *   by the internal endpoint that sent there, which the kernel itself notes; remotes_by_host: how fast each host's grow
 * - sessions: endpoint-dependent mappings, for when ports are exhausted
 * - associations: protocols without ports
 */
const KEPT = {
  set: {
    bindings_preserved: `type ${ENDPOINT}; size ${PORT_BINDINGS};`,
    queries_preserved: `typeof ip saddr . icmp id; size ${QUERY_BINDINGS};`,
    filtered_by_address: `type ${ENDPOINT}; size ${PORT_BINDINGS};`,
    filtered_by_endpoint: `type ${ENDPOINT}; size ${PORT_BINDINGS};`,
    permitted_addresses: `type ${ENDPOINT} . ipv4_addr; flags dynamic,timeout; size ${PERMITTED};`,
    permitted_endpoints: `type ${ENDPOINT} . ipv4_addr . inet_service; flags dynamic,timeout; size ${PERMITTED};`,
    remotes_by_host: `type ipv4_addr; flags dynamic,timeout; timeout 1m; size ${RATED_HOSTS};`,
    associations_out: `type inet_proto . ipv4_addr . ipv4_addr; size ${ASSOCIATIONS};`,
  },
  map: {
    bindings_out: `type ${ENDPOINT} : inet_service; size ${PORT_BINDINGS};`,
    bindings_in_addr: `type ${EXTERNAL} : ipv4_addr; size ${PORT_BINDINGS};`,
    bindings_in_port: `type ${EXTERNAL} : inet_service; size ${PORT_BINDINGS};`,
    queries_out: `typeof ip saddr . icmp id : icmp id; size ${QUERY_BINDINGS};`,
    queries_in_addr: `typeof icmp id : ip daddr; size ${QUERY_BINDINGS};`,
    queries_in_id: `typeof icmp id : icmp id; size ${QUERY_BINDINGS};`,
    filtered_out: `type ${ENDPOINT} : inet_service; size ${PORT_BINDINGS};`,
    filtered_in_addr: `type ${EXTERNAL} : ipv4_addr; size ${PORT_BINDINGS};`,
    filtered_in_port: `type ${EXTERNAL} : inet_service; size ${PORT_BINDINGS};`,
    sessions_out: `type ${ENDPOINT} . ipv4_addr . inet_service : inet_service; size ${SESSIONS};`,
    sessions_in_addr: `type ${EXTERNAL} . ipv4_addr . inet_service : ipv4_addr; size ${SESSIONS};`,
    sessions_in_port: `type ${EXTERNAL} . ipv4_addr . inet_service : inet_service; size ${SESSIONS};`,
    associations_in: `type inet_proto . ipv4_addr : ipv4_addr; size ${ASSOCIATIONS};`,
  },
} as const;

/** Declares every set and map. One that is there already keeps its elements. */
export function declarations(): string {
  const declare = (kind: string, sets: Record<string, string>) =>
    Object.entries(sets).map(([name, text]) => `  ${kind} ${name} { ${text} }`);
  return [
    `table ip ${NAT_TABLE} {`,
    ...declare("set", { external_address: "type ipv4_addr;", ...KEPT.set, ...FORWARDS.set }),
    ...declare("map", { ...KEPT.map, ...FORWARDS.map }),
    "}",
  ].join("\n");
}

/** Commands that take away all that the engine keeps. */
export function flushKept(): string[] {
  const flush = (kind: "set" | "map") =>
    Object.keys(KEPT[kind]).map((name) => `flush ${kind} ip ${NAT_TABLE} ${name}`);
  return [...flush("set"), ...flush("map")];
}

/** Commands that note which external address everything is for. */
export function externalAddress(address: IPv4): string[] {
  const set = `ip ${NAT_TABLE} external_address`;
  return [`flush set ${set}`, `add element ${set} ${braces([formatIPv4(address)])}`];
}

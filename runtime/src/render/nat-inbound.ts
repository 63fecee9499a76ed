import { formatIPv4 } from "../addr/ipv4.ts";
import { netmask, network, type Prefix } from "../addr/prefix.ts";
import { OVERLOAD_PORTS, type PortRange, ROUTER_PORTS } from "../nat/external-ports.ts";
import type { NatPolicy } from "../nat/policy.ts";
import { ASSOCIATION_NAMES } from "../nat/transport.ts";
import { TRANSLATED_MARK } from "./firewall.ts";
import type { NatRulesetInput } from "./nat.ts";
import { clampSegments } from "./nat-segments.ts";
import {
  addressMap,
  baseChain,
  braces,
  chain,
  DESTINATION_PORT,
  ERRORS,
  MARK_HAIRPIN,
  mark,
  networks,
  setPort,
} from "./nat-text.ts";

/** After conntrack's defragmentation (-400) and before conntrack looks at packets (-200). */
const DESTINATION_PRIORITY = -310;

/** Said of what has got its internal destination: the firewall lets it in, and it needs no conntrack entry. */
const TRANSLATED = `${mark(TRANSLATED_MARK)} notrack`;

/** Rewrites the destination of what comes to our external addresses, from outside and from the home. */
export function inbound({ wan, lans, policy }: NatRulesetInput & { wan: object }): string[] {
  const address = formatIPv4(wan.address);
  const sides = [
    ...lans.map((lan) => `iifname "${lan.interface}" goto from_home`),
    `iifname "${wan.interface}" goto from_wan`,
  ];
  return [
    chain("translated", [`${TRANSLATED} accept`]),
    toBinding(address),
    ...unbound(address, policy),
    ...toMapped(policy.mapped),
    fromHome(address, lans, policy.mapped),
    fromWan(wan, lans, policy.mapped),
    baseChain("destination", "prerouting", DESTINATION_PRIORITY, sides),
  ];
}

function fromHome(address: string, lans: NatRulesetInput["lans"], mapped: NatPolicy["mapped"]): string {
  const elsewhere = lans.map(({ prefix }) => inNetwork("ip daddr", "!=", prefix));
  return chain("from_home", [
    `ip daddr ${address} ${mark(MARK_HAIRPIN)} goto to_binding`,
    ...toMappedFrom(mapped, `${mark(MARK_HAIRPIN)} `),
    // Translated packets need no conntrack entry; what stays within the home keeps it.
    [...elsewhere, "notrack"].join(" "),
  ]);
}

/** Spelled as a masked word, because nft makes three bytes of "192.168.77.0/24", which the kernel loads slowly. */
function inNetwork(field: string, comparison: "==" | "!=", prefix: Prefix): string {
  return `${field} & ${formatIPv4(netmask(prefix.length))} ${comparison} ${formatIPv4(network(prefix))}`;
}

function fromWan(
  wan: NonNullable<NatRulesetInput["wan"]>,
  lans: NatRulesetInput["lans"],
  mapped: NatPolicy["mapped"],
): string {
  const home = networks(lans.map(({ prefix }) => prefix));
  return chain("from_wan", [
    // Ingress filtering (RFC 2827): devices may trust what seems to come from another one in the home.
    ...lans.map(({ prefix }) => `${inNetwork("ip saddr", "==", prefix)} counter drop`),
    clampSegments(wan.mtu),
    `ip daddr ${formatIPv4(wan.address)} goto to_binding`,
    ...toMappedFrom(mapped, ""),
    // Only a translation leads into the home: a neighbour on the provider's link must not write our addresses himself.
    lans.length === 0 ? "" : `ip daddr ${home} drop`,
  ]);
}

/** Bindings that let everyone in: most of what comes. */
function toBinding(address: string): string {
  const icmp = [
    // The mark comes too early, but what the engine leaves untranslated goes to the router itself and is not forwarded.
    `icmp type ${ERRORS} ${TRANSLATED} goto inbound_errors`,
    "icmp type echo-reply ip daddr set icmp id map @queries_in_addr",
    `ip daddr ${address} goto to_timestamp`,
    TRANSLATED,
    "icmp type echo-reply icmp id set icmp id map @queries_in_id accept",
  ];
  // nft knows the identifier of an echo only. A raw one can be read but not rewritten: the checksum would be wrong.
  const timestamp = [
    "icmp type timestamp-reply ip daddr set @th,32,16 map @queries_in_addr",
    `ip daddr ${address} accept`,
    "ip daddr . @th,32,16 @queries_preserved goto translated",
    "counter drop",
  ];
  const ports = [
    "ip protocol icmp goto to_query",
    "ip daddr set ip protocol . th dport map @bindings_in_addr",
    `ip daddr ${address} goto unbound`,
    TRANSLATED,
    ...setPort(
      DESTINATION_PORT,
      (transport) => `ip protocol . ${transport} dport`,
      "bindings_in_port",
      "accept",
    ),
  ];
  return [chain("to_timestamp", timestamp), chain("to_query", icmp), chain("to_binding", ports)].join("\n");
}

/** What has no open binding, one kind after the other; what is nobody's is the router's own and keeps its conntrack entry. */
function unbound(address: string, { forwards, dmz }: NatPolicy): string[] {
  const lookup = (kind: string, key: string, chain: string) => [
    `ip daddr set ${key} map @${kind}`,
    `ip daddr != ${address} goto ${chain}`,
  ];
  const byPort = "ip protocol . th dport";
  const overload = `${OVERLOAD_PORTS.first}-${OVERLOAD_PORTS.last}`;
  const hasForwards = forwards.length > 0;
  return [
    ...(hasForwards ? [toForward()] : []),
    ...toFiltered(),
    toSession(address),
    chain("unbound", [
      ...(hasForwards ? lookup("forwards_in_addr", byPort, "to_forward") : []),
      ...lookup("filtered_in_addr", byPort, "to_filtered"),
      `ip protocol { tcp, udp } th dport ${overload} goto to_session`,
      ...lookup("associations_in", "ip protocol . ip saddr", "translated"),
      ...(dmz === null ? [] : toDmz(formatIPv4(dmz))),
    ]),
  ];
}

function toForward(): string {
  const key = (transport: string) => `ip protocol . ${transport} dport`;
  return chain("to_forward", [TRANSLATED, ...setPort(DESTINATION_PORT, key, "forwards_in_port", "accept")]);
}

/** Lets in only those that the host has sent to. Within the home both have internal endpoints here, so that holds for them, too. */
function toFiltered(): string[] {
  const key = (transport: string) => `ip protocol . ${transport} dport`;
  const host = "ip protocol . ip daddr . th dport";
  return [
    chain("permit", [
      TRANSLATED,
      `${host} @filtered_by_address ${host} . ip saddr @permitted_addresses accept`,
      `${host} @filtered_by_endpoint ${host} . ip saddr . th sport @permitted_endpoints accept`,
      "counter drop",
    ]),
    chain("to_filtered", [
      ...setPort(DESTINATION_PORT, key, "filtered_in_port", "goto permit"),
      "counter drop",
    ]),
  ];
}

function toSession(address: string): string {
  const key = (transport: string) => `ip protocol . ${transport} dport . ip saddr . ${transport} sport`;
  return chain("to_session", [
    `ip daddr set ${key("th")} map @sessions_in_addr`,
    `ip daddr ${address} accept`,
    TRANSLATED,
    ...setPort(DESTINATION_PORT, key, "sessions_in_port", "accept"),
  ]);
}

/** What is left goes to the DMZ host, but for the ports that the router itself listens and is answered on. */
function toDmz(host: string): string[] {
  const spell = ({ first, last }: PortRange) => (first === last ? `${first}` : `${first}-${last}`);
  const own = braces([...ROUTER_PORTS, OVERLOAD_PORTS].map(spell));
  const portless = braces([...ASSOCIATION_NAMES.keys()].map(String));
  return [
    `ip protocol { tcp, udp } th dport != ${own} ip daddr set ${host} goto translated`,
    `ip protocol ${portless} ip daddr set ${host} goto translated`,
  ];
}

/** Hosts with an external address of their own get all that comes for it. */
function toMapped(mapped: NatPolicy["mapped"]): string[] {
  if (mapped.length === 0) return [];
  const hosts = addressMap(mapped.map(({ external, internal }) => [external, internal]));
  return [
    chain("to_mapped", [
      `icmp type ${ERRORS} ${TRANSLATED} goto inbound_errors`,
      `ip daddr set ip daddr map ${hosts} goto translated`,
    ]),
  ];
}

function toMappedFrom(mapped: NatPolicy["mapped"], statement: string): string[] {
  if (mapped.length === 0) return [];
  return [
    `ip daddr ${braces(mapped.map(({ external }) => formatIPv4(external)))} ${statement}goto to_mapped`,
  ];
}

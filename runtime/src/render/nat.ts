import { formatIPv4, type IPv4 } from "../addr/ipv4.ts";
import { formatPrefix, netmask, network, type Prefix } from "../addr/prefix.ts";
import { TRANSLATED_MARK } from "./firewall.ts";

export const NAT_TABLE = "gatehouse_nat";

/** The bit of `meta mark` that this table sets on what a host of the home sends to our external address. */
const MARK_HAIRPIN = 0x08000000;
/**
 * The bit that the engine sets on a packet that it sends through the same postrouting chain again (NF_REPEAT): it is
 * translated there or dropped, never queued twice.
 */
export const ANSWERED_MARK = 0x04000000;

/**
 * The chains that send packets to the engine: heads of packets that want a binding, heads of all on the inline path, and
 * whole ICMP errors, in and out (a hairpinned one passes both). The engine accepts inbound errors and repeats the others.
 */
export const QUEUE_CHAINS = ["bind", "heads", "inbound_errors", "outbound_errors"] as const;
export type QueueChain = (typeof QUEUE_CHAINS)[number];

/** After conntrack's defragmentation (-400) and before conntrack looks at packets (-200). */
const DESTINATION_PRIORITY = -310;
const SOURCE_PRIORITY = -140;
/** Before the source is translated, so that heads go on to that, whatever state the engine is in. */
const HEADS_PRIORITY = -160;

/** Elements of each map at most: every external port of two transports, or every ICMP identifier. */
const PORT_BINDINGS = 131072;
const QUERY_BINDINGS = 65536;

export interface NatRulesetInput {
  /** The interface towards the provider with its address; null while there is none. */
  wan: { interface: string; address: IPv4 } | null;
  lans: readonly { interface: string; prefix: Prefix }[];
  /** "offload": known bindings are rewritten without user space; "inline": every packet's head is queued all the same. */
  path: "offload" | "inline";
  /** The one rule of each queue chain; empty where it is put there by other means. */
  queueRules: Readonly<Record<QueueChain, string>>;
  /** Drop all bindings: they belong to another external address. */
  flushBindings: boolean;
}

/** The ICMP messages that quote the packet they are about. */
const ERRORS = "{ destination-unreachable, time-exceeded, parameter-problem }";

/** Internal endpoints whose external port or identifier is their own, so that only the address is rewritten. */
const SETS = ["bindings_preserved", "queries_preserved"];
/** The other internal endpoints (`out`, `in_port`, `in_id`), and the addresses of both kinds (`in_addr`). */
const MAPS = [
  "bindings_out",
  "bindings_in_addr",
  "bindings_in_port",
  "queries_out",
  "queries_in_addr",
  "queries_in_id",
];

/**
 * The text of table `ip gatehouse_nat`, one nft transaction. Loading it again, or with other input, replaces the rules
 * and keeps the maps' elements, which are the bindings; the address they are for is kept beside them.
 */
export function natRuleset(input: NatRulesetInput): string {
  return [
    declarations(),
    // Takes the rules of every chain and leaves maps and sets as they are.
    `flush table ip ${NAT_TABLE}`,
    ...(input.flushBindings ? flushes() : []),
    ...(input.wan === null ? [] : externalAddress(input.wan.address)),
    rules(input),
    "",
  ].join("\n");
}

function flushes(): string[] {
  const flush = (kind: string, names: readonly string[]) =>
    names.map((name) => `flush ${kind} ip ${NAT_TABLE} ${name}`);
  return [...flush("set", SETS), ...flush("map", MAPS)];
}

function declarations(): string {
  return `table ip ${NAT_TABLE} {
  set external_address { type ipv4_addr; }
  set bindings_preserved { type inet_proto . ipv4_addr . inet_service; size ${PORT_BINDINGS}; }
  map bindings_out { type inet_proto . ipv4_addr . inet_service : inet_service; size ${PORT_BINDINGS}; }
  map bindings_in_addr { type inet_proto . inet_service : ipv4_addr; size ${PORT_BINDINGS}; }
  map bindings_in_port { type inet_proto . inet_service : inet_service; size ${PORT_BINDINGS}; }
  set queries_preserved { typeof ip saddr . icmp id; size ${QUERY_BINDINGS}; }
  map queries_out { typeof ip saddr . icmp id : icmp id; size ${QUERY_BINDINGS}; }
  map queries_in_addr { typeof icmp id : ip daddr; size ${QUERY_BINDINGS}; }
  map queries_in_id { typeof icmp id : icmp id; size ${QUERY_BINDINGS}; }
}`;
}

function externalAddress(address: IPv4): string[] {
  const set = `ip ${NAT_TABLE} external_address`;
  return [`flush set ${set}`, `add element ${set} { ${formatIPv4(address)} }`];
}

function rules(input: NatRulesetInput): string {
  const queues = QUEUE_CHAINS.map((name) => chain(name, [input.queueRules[name]]));
  const chains = [DEFRAGMENTATION, ...queues];
  if (input.wan !== null) {
    const address = formatIPv4(input.wan.address);
    chains.push(toBinding(address), prerouting(input, input.wan.interface, address), outgoing(address));
    if (input.path === "inline") chains.push(inline(input.wan.interface, address));
  }
  chains.push(postrouting(input));
  return `table ip ${NAT_TABLE} {\n${chains.join("\n")}\n}`;
}

/** Never jumped to: that a rule of the namespace asks for conntrack is what makes the kernel reassemble fragments. */
const DEFRAGMENTATION = `  chain defragmentation {
    ct state established
  }`;

function prerouting({ lans }: NatRulesetInput, wan: string, address: string): string {
  const sides = [
    ...lans.map((lan) => `iifname "${lan.interface}" goto from_home`),
    `iifname "${wan}" goto from_wan`,
  ];
  // A masked word, because nft spells "!= 192.168.77.0/24" as three bytes, which the kernel loads slowly.
  const elsewhere = lans.map(({ prefix }) => {
    const mask = formatIPv4(netmask(prefix.length));
    return `ip daddr & ${mask} != ${formatIPv4(network(prefix))}`;
  });
  return [
    chain("from_home", [
      `ip daddr ${address} ${mark(MARK_HAIRPIN)} goto to_binding`,
      // Translated packets need no conntrack entry; what stays within the home keeps it.
      [...elsewhere, "notrack"].join(" "),
    ]),
    chain("from_wan", [
      `ip daddr ${address} goto to_binding`,
      // Only a binding leads into the home: a neighbour on the provider's link must not write our addresses himself.
      ...(lans.length === 0 ? [] : [`ip daddr { ${networks(lans).join(", ")} } drop`]),
    ]),
    baseChain("destination", "prerouting", DESTINATION_PRIORITY, sides),
  ].join("\n");
}

/** Rewrites the destination of packets to the external address; those without a binding are the router's own and keep their conntrack entry. */
function toBinding(address: string): string {
  const translated = mark(TRANSLATED_MARK);
  const icmp = [
    // The mark comes too early, but what the engine leaves untranslated goes to the router itself and is not forwarded.
    `icmp type ${ERRORS} ${translated} notrack goto inbound_errors`,
    "icmp type echo-reply ip daddr set icmp id map @queries_in_addr",
    `ip daddr ${address} accept`,
    `${translated} notrack`,
    "icmp type echo-reply icmp id set icmp id map @queries_in_id accept",
  ];
  const ports = [
    "ip protocol icmp goto to_query",
    "ip daddr set ip protocol . th dport map @bindings_in_addr",
    `ip daddr ${address} accept`,
    `${translated} notrack`,
    "tcp dport set ip protocol . tcp dport map @bindings_in_port accept",
    // A raw write: with "udp dport set" a checksum of zero, meaning none (RFC 768), would be updated into a wrong one.
    "udp checksum 0 @th,16,16 set ip protocol . udp dport map @bindings_in_port accept",
    "udp dport set ip protocol . udp dport map @bindings_in_port accept",
  ];
  return [chain("to_query", icmp), chain("to_binding", ports)].join("\n");
}

/**
 * Rewrites the source of packets that have a binding, the commonest first, and has the last word over the others: with or
 * without an engine, nothing passes the provider's door with another address than ours.
 */
function outgoing(address: string): string {
  const known = "ip protocol . ip saddr";
  const unanswered = `meta mark & ${hex(ANSWERED_MARK)} == 0`;
  return chain("outgoing", [
    `${known} . th sport @bindings_preserved ip saddr set ${address} accept`,
    `tcp sport set ${known} . tcp sport map @bindings_out ip saddr set ${address} accept`,
    `udp checksum != 0 udp sport set ${known} . udp sport map @bindings_out ip saddr set ${address} accept`,
    `udp checksum 0 @th,0,16 set ${known} . udp sport map @bindings_out ip saddr set ${address} accept`,
    `icmp type echo-request ip saddr . icmp id @queries_preserved ip saddr set ${address} accept`,
    `icmp type echo-request icmp id set ip saddr . icmp id map @queries_out ip saddr set ${address} accept`,
    // Also the router's own: what it quotes may have to be translated.
    `icmp type ${ERRORS} ${unanswered} jump outbound_errors`,
    `ip saddr ${address} accept`,
    // A jump, so that a chain without its rule drops, too.
    `${unanswered} jump bind`,
    "counter drop",
  ]);
}

function postrouting({ wan, lans }: NatRulesetInput): string {
  const names = lans.map((lan) => `"${lan.interface}"`).join(", ");
  const translated =
    wan === null
      ? []
      : [`oifname "${wan.interface}" goto outgoing`, `${isMarked(MARK_HAIRPIN)} goto outgoing`];
  const untranslated =
    lans.length === 0
      ? []
      : [`ip saddr { ${networks(lans).join(", ")} } oifname != { ${names} } counter drop`];
  return baseChain("source", "postrouting", SOURCE_PRIORITY, [...translated, ...untranslated]);
}

/** Shows the engine the head of every packet that `outgoing` will translate. */
function inline(wan: string, address: string): string {
  return baseChain("inline", "postrouting", HEADS_PRIORITY, [
    `${isMarked(ANSWERED_MARK)} accept`,
    `ip saddr ${address} accept`,
    `icmp type ${ERRORS} accept`,
    `oifname "${wan}" goto heads`,
    `${isMarked(MARK_HAIRPIN)} goto heads`,
  ]);
}

function chain(name: string, lines: readonly string[]): string {
  const rules = lines.filter((line) => line !== "").map((line) => `    ${line}`);
  return [`  chain ${name} {`, ...rules, "  }"].join("\n");
}

function baseChain(name: string, hook: string, priority: number, lines: readonly string[]): string {
  return chain(name, [`type filter hook ${hook} priority ${priority}; policy accept;`, ...lines]);
}

function mark(bits: number): string {
  return `meta mark set meta mark or ${hex(bits)}`;
}

function isMarked(bit: number): string {
  return `meta mark & ${hex(bit)} != 0`;
}

function hex(bits: number): string {
  return `0x${bits.toString(16)}`;
}

function networks(lans: NatRulesetInput["lans"]): string[] {
  return lans.map(({ prefix }) => formatPrefix({ address: network(prefix), length: prefix.length }));
}

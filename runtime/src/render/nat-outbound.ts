import { formatIPv4 } from "../addr/ipv4.ts";
import type { NatPolicy } from "../nat/policy.ts";
import type { Timers } from "../nat/timers.ts";
import type { NatRulesetInput } from "./nat.ts";
import { clampSegments } from "./nat-segments.ts";
import {
  ANSWERED_MARK,
  addressMap,
  baseChain,
  braces,
  chain,
  ERRORS,
  isMarked,
  isUnmarked,
  MARK_HAIRPIN,
  networks,
  SOURCE_PORT,
  setPort,
} from "./nat-text.ts";

const SOURCE_PRIORITY = -140;
/** Before the source is translated, so that heads go on to that, whatever state the engine is in. */
const HEADS_PRIORITY = -160;

/**
 * Hosts number their datagrams each for itself; behind one address only we can tell them apart (RFC 6864 section 5.3). Those that
 * must not be fragmented need no number; 0 is what they have. The kernel writes the first two bytes of a word, hence the shift.
 */
const IDENTIFY = "ip frag-off & 0x4000 == 0 ip id set numgen inc mod 65535 offset 1 << 16";

const HOST = "ip protocol . ip saddr";

/** Rewrites the source of what leaves the home. */
export function outbound(input: NatRulesetInput & { wan: object }): string[] {
  const { wan, path, policy } = input;
  const address = formatIPv4(wan.address);
  return [
    ...filtered(address, policy.timers),
    outgoing(address, wan.mtu, policy),
    ...(path === "inline" ? [inline(wan.interface, address)] : []),
  ];
}

/**
 * Rewrites the source of packets that have a binding, the commonest first, and has the last word over the others: with or
 * without an engine, nothing passes the provider's door with another address than ours.
 */
function outgoing(address: string, mtu: number, { forwards, mapped }: NatPolicy): string {
  const toAddress = `ip saddr set ${address} accept`;
  const port = (transport: string) => `${HOST} . ${transport} sport`;
  const flow = (transport: string) => `${port(transport)} . ip daddr . ${transport} dport`;
  const hosts = addressMap(mapped.map(({ external, internal }) => [internal, external]));
  // An error that the engine has rewritten may come from a 1:1 mapped host's address.
  const own = [address, ...mapped.map(({ external }) => formatIPv4(external))];
  const ours = mapped.length === 0 ? address : braces(own);
  const unanswered = isUnmarked(ANSWERED_MARK);
  return chain("outgoing", [
    clampSegments(mtu),
    IDENTIFY,
    `${port("th")} @bindings_preserved ${toAddress}`,
    `tcp sport set ${port("tcp")} map @bindings_out ${toAddress}`,
    `udp checksum != 0 udp sport set ${port("udp")} map @bindings_out ${toAddress}`,
    `udp checksum 0 @th,0,16 set ${port("udp")} map @bindings_out ${toAddress}`,
    `icmp type echo-request ip saddr . icmp id @queries_preserved ${toAddress}`,
    `icmp type echo-request icmp id set ip saddr . icmp id map @queries_out ${toAddress}`,
    // Also the router's own: what it quotes may have to be translated.
    `icmp type ${ERRORS} ${unanswered} jump outbound_errors`,
    `ip saddr ${ours} accept`,
    `icmp type timestamp-request ip saddr . @th,32,16 @queries_preserved ${toAddress}`,
    ...(forwards.length === 0
      ? []
      : [
          `${port("th")} @forwards_preserved ${toAddress}`,
          ...setPort(SOURCE_PORT, port, "forwards_out", toAddress),
        ]),
    `${port("th")} @filtered_by_address jump from_filtered_by_address`,
    `${port("th")} @filtered_by_endpoint jump from_filtered_by_endpoint`,
    mapped.length === 0 ? "" : `ip saddr set ip saddr map ${hosts} accept`,
    ...setPort(SOURCE_PORT, flow, "sessions_out", toAddress),
    `${HOST} . ip daddr @associations_out ${toAddress}`,
    // A jump, so that a chain without its rule drops, too.
    `${unanswered} jump bind`,
    "counter drop",
  ]);
}

/**
 * Remotes that one filtered host may have newly noted, a second and at once: more than devices talk to, and few enough that one
 * that scans the Internet leaves the others room.
 */
const NEW_REMOTES = "limit rate over 100/second burst 4000 packets";

/** Notes whom a filtered host sends to, before its endpoint is translated. */
function filtered(address: string, timers: Timers): string[] {
  const port = (transport: string) => `${HOST} . ${transport} sport`;
  // What was never answered is not remembered for long (RFC 5382 REQ-5).
  const kinds = [
    ["tcp flags & ack == 0", timers.tcpTransitory],
    ["tcp flags & ack != 0", timers.tcpEstablished],
    ["ip protocol udp", timers.udp],
  ] as const;
  const note = (set: string, remote: string) => [
    `${port("th")} . ${remote} != @${set} update @remotes_by_host { ip saddr ${NEW_REMOTES} } counter drop`,
    ...kinds.map(
      ([kind, timeout]) =>
        `${kind} update @${set} { ${port("th")} . ${remote} timeout ${Math.ceil(timeout)}ms }`,
    ),
    "jump from_filtered",
  ];
  return [
    chain("from_filtered", setPort(SOURCE_PORT, port, "filtered_out", `ip saddr set ${address} accept`)),
    chain("from_filtered_by_address", note("permitted_addresses", "ip daddr")),
    chain("from_filtered_by_endpoint", note("permitted_endpoints", "ip daddr . th dport")),
  ];
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

/** Sends what leaves by the provider's link, or back into the home, to `outgoing`; nothing of the home leaves by another. */
export function postrouting({ wan, lans }: Pick<NatRulesetInput, "wan" | "lans">): string {
  const names = braces(lans.map((lan) => `"${lan.interface}"`));
  const home = networks(lans.map(({ prefix }) => prefix));
  return baseChain("source", "postrouting", SOURCE_PRIORITY, [
    ...(wan === null
      ? []
      : [`oifname "${wan.interface}" goto outgoing`, `${isMarked(MARK_HAIRPIN)} goto outgoing`]),
    ...(lans.length === 0 ? [] : [`ip saddr ${home} oifname != ${names} counter drop`]),
  ]);
}

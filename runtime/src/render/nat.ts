import type { IPv4 } from "../addr/ipv4.ts";
import type { Prefix } from "../addr/prefix.ts";
import type { NatPolicy } from "../nat/policy.ts";
import { inbound } from "./nat-inbound.ts";
import { declarations, externalAddress, flushKept, forwardElements } from "./nat-maps.ts";
import { outbound, postrouting } from "./nat-outbound.ts";
import { chain, NAT_TABLE } from "./nat-text.ts";

export { ANSWERED_MARK, NAT_TABLE } from "./nat-text.ts";

/**
 * The chains that send packets to the engine: heads of packets that want a binding, heads of all on the inline path, and
 * whole ICMP errors, in and out (a hairpinned one passes both). The engine accepts inbound errors and repeats the others.
 */
export const QUEUE_CHAINS = ["bind", "heads", "inbound_errors", "outbound_errors"] as const;
export type QueueChain = (typeof QUEUE_CHAINS)[number];

export interface NatRulesetInput {
  /** The interface towards the provider with its address and its largest IP packet, in bytes; null while there is none. */
  wan: { interface: string; address: IPv4; mtu: number } | null;
  lans: readonly { interface: string; prefix: Prefix }[];
  /** "offload": known bindings are rewritten without user space; "inline": every packet's head is queued all the same. */
  path: "offload" | "inline";
  policy: NatPolicy;
  /** The one rule of each queue chain; empty where it is put there by other means. */
  queueRules: Readonly<Record<QueueChain, string>>;
  /** Drop all that the engine keeps: it belongs to another external address. */
  flushBindings: boolean;
}

/**
 * The text of table `ip gatehouse_nat`, one nft transaction. Loading it again, or with other input, replaces the rules and
 * what is configured, and keeps what the engine put into the maps; the address that this is for is kept beside it.
 *
 * Open bindings are looked up first, both ways; all else only costs those that have none.
 */
export function natRuleset(input: NatRulesetInput): string {
  const { wan, policy } = input;
  return [
    declarations(),
    // Takes the rules of every chain and leaves maps and sets as they are.
    `flush table ip ${NAT_TABLE}`,
    ...(input.flushBindings ? flushKept() : []),
    ...forwardElements(policy.forwards),
    ...(wan === null ? [] : externalAddress(wan.address)),
    rules(input),
    "",
  ].join("\n");
}

function rules(input: NatRulesetInput): string {
  const { wan, queueRules } = input;
  const chains = [DEFRAGMENTATION, ...QUEUE_CHAINS.map((name) => chain(name, [queueRules[name]]))];
  if (wan !== null) chains.push(...inbound({ ...input, wan }), ...outbound({ ...input, wan }));
  chains.push(postrouting(input));
  return `table ip ${NAT_TABLE} {\n${chains.join("\n")}\n}`;
}

/** Never jumped to: that a rule of the namespace asks for conntrack is what makes the kernel reassemble fragments. */
const DEFRAGMENTATION = `  chain defragmentation {
    ct state established
  }`;

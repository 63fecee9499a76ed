import type { IPv4 } from "../addr/ipv4.ts";
import type { Prefix } from "../addr/prefix.ts";
import type { NatPolicy } from "../nat/policy.ts";
import { forwardElements } from "./nat-forwards.ts";
import { inbound } from "./nat-inbound.ts";
import { declarations, externalAddress, flushKept } from "./nat-maps.ts";
import { outbound, postrouting } from "./nat-outbound.ts";
import { braces, chain, NAT_TABLE } from "./nat-text.ts";

export { ANSWERED_MARK, NAT_TABLE } from "./nat-text.ts";

/**
 * Groups of the home's hosts, told apart by the last bits of their addresses. Each has queues of its own, which the engine reads in
 * turn: a host that asks for more than the engine can do fills its group's, and the others' new flows are not behind it. A power of
 * two to 256.
 */
export const HOST_GROUPS = 16;

/**
 * The chains that send packets to the engine: heads of packets that want a binding and, on the inline path, of all, a chain for each
 * group of hosts; and whole ICMP errors, in and out (a hairpinned one passes both). The engine accepts inbound errors and repeats
 * the others.
 */
export type QueueChain = GroupChain<"bind"> | GroupChain<"heads"> | "inbound_errors" | "outbound_errors";
type GroupChain<Name extends string> = `${Name}_${number}`;

const groupChains = <Name extends string>(name: Name): GroupChain<Name>[] =>
  Array.from({ length: HOST_GROUPS }, (_, group) => `${name}_${group}` as const);

export const QUEUE_CHAINS: readonly QueueChain[] = [
  ...groupChains("bind"),
  ...groupChains("heads"),
  "inbound_errors",
  "outbound_errors",
];

export interface NatRulesetInput {
  /** The interface towards the provider with its address and its largest IP packet, in bytes; null while there is none. */
  wan: { interface: string; address: IPv4; mtu: number } | null;
  lans: readonly { interface: string; prefix: Prefix }[];
  /** "offload": known bindings are rewritten without user space; "inline": every packet's head is queued all the same. */
  path: "offload" | "inline";
  policy: NatPolicy;
  /** The one rule of each queue chain; none where it is put there by other means. */
  queueRules: ReadonlyMap<QueueChain, string>;
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
  const queues = QUEUE_CHAINS.map((name) => chain(name, [queueRules.get(name) ?? ""]));
  const chains = [DEFRAGMENTATION, ...queues, byHost("bind"), byHost("heads")];
  if (wan !== null) chains.push(...inbound({ ...input, wan }), ...outbound({ ...input, wan }));
  chains.push(postrouting(input));
  return `table ip ${NAT_TABLE} {\n${chains.join("\n")}\n}`;
}

/** The chain that leads each host's packets to the chain of its group. */
function byHost(name: "bind" | "heads"): string {
  const groups = groupChains(name).map((target, group) => `0.0.0.${group} : goto ${target}`);
  return chain(name, [`ip saddr & 0.0.0.${HOST_GROUPS - 1} vmap ${braces(groups)}`]);
}

/** Never jumped to: that a rule of the namespace asks for conntrack is what makes the kernel reassemble fragments. */
const DEFRAGMENTATION = `  chain defragmentation {
    ct state established
  }`;

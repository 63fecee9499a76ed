import type { NetlinkSocket } from "../../linux/netlink/socket.ts";
import { installQueueTargets, type QueueRule, queueStatement } from "../../linux/nftables/queue-rule.ts";
import { applyRuleset, hasQueueStatement } from "../../linux/nftables/ruleset.ts";
import { HOST_GROUPS, NAT_TABLE, natRuleset, type QueueChain } from "../../render/nat.ts";
import type { Configuration } from "./configuration/configuration.ts";

/** ICMP errors, whole. */
export const ERROR_QUEUE = 4700;
/** The first of the queues of heads, one for each group of hosts. */
const FIRST_BINDING_QUEUE = 4701;

/** Heads of packets, for which bindings are made: the queue of each group of hosts. */
export const BINDING_QUEUES = Array.from({ length: HOST_GROUPS }, (_, group) => FIRST_BINDING_QUEUE + group);

const RULES: readonly (QueueRule & { chain: QueueChain })[] = [
  ...BINDING_QUEUES.flatMap((queue, group) => [
    // No bypass: past the chain that queues it, a packet would leave untranslated.
    { chain: `bind_${group}` as const, queue, bypass: false },
    // Without an engine packets go on to the chain that translates or drops them.
    { chain: `heads_${group}` as const, queue, bypass: true },
  ]),
  { chain: "inbound_errors", queue: ERROR_QUEUE, bypass: true },
  // No bypass: an error of the router's own may quote an internal address that only the engine takes out.
  { chain: "outbound_errors", queue: ERROR_QUEUE, bypass: false },
];

/** Table `ip gatehouse_nat`, with the queue rules in the spelling that this kernel has. */
export class NatTable {
  readonly #socket: NetlinkSocket;
  readonly #hasStatement = hasQueueStatement();

  /** Throws RulesetError when nft cannot be asked. */
  constructor(socket: NetlinkSocket) {
    this.#socket = socket;
  }

  /**
   * Puts the rules for `configuration` in place; `flushBindings` when they are for another external address. Throws
   * RulesetError or NetlinkError.
   */
  apply(configuration: Configuration, flushBindings: boolean): void {
    const statements = this.#hasStatement ? RULES : [];
    const queueRules = new Map(statements.map((rule) => [rule.chain, queueStatement(rule)]));
    applyRuleset(natRuleset({ ...configuration, queueRules, flushBindings }));
    // Until then, about a millisecond, the chains are empty and what has no binding is dropped.
    if (!this.#hasStatement) installQueueTargets(this.#socket, NAT_TABLE, RULES);
  }
}

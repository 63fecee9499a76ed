import { type QueueHop, queueHop } from "../../linux/nftables/queue-hop.ts";
import { applyRuleset, hasQueueStatement } from "../../linux/nftables/ruleset.ts";
import { MARK_BIND, MARK_INBOUND_ERROR, MARK_OUTBOUND_ERROR, natRuleset } from "../../render/nat.ts";
import type { Configuration } from "./configuration.ts";

/** Heads of packets that want a binding. */
export const BINDING_QUEUE = 4700;
/** ICMP errors, whole. */
export const ERROR_QUEUE = 4701;

/** Table `ip gatehouse_nat` and the hops that send packets to the engine, in the spelling this kernel has. */
export class NatTable {
  readonly #hops: readonly QueueHop[];

  constructor() {
    const hasStatement = hasQueueStatement();
    const hop = (
      chain: string,
      hook: "prerouting" | "postrouting",
      queue: number,
      mark: number,
      bypass: boolean,
    ) => queueHop({ chain, hook, queue, mark, mask: mark, bypass }, hasStatement);
    this.#hops = [
      // Without an engine packets go on, to be translated by the maps or dropped at the door.
      hop("bind", "postrouting", BINDING_QUEUE, MARK_BIND, true),
      hop("inbound_errors", "prerouting", ERROR_QUEUE, MARK_INBOUND_ERROR, true),
      // No bypass: an error of the router's own may quote an internal address that only the engine takes out.
      hop("outbound_errors", "postrouting", ERROR_QUEUE, MARK_OUTBOUND_ERROR, false),
    ];
  }

  /** Puts the rules for `configuration` in place; `flushBindings` when they are for another external address. Throws RulesetError. */
  apply(configuration: Configuration, flushBindings: boolean): void {
    const hopChains = this.#hops
      .map((hop) => hop.chainText)
      .filter((text) => text !== "")
      .join("\n");
    applyRuleset(natRuleset({ ...configuration, hopChains, flushBindings }));
    for (const hop of this.#hops) hop.install();
  }
}

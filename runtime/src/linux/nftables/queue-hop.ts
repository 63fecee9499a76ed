import { RulesetError, runRulesetCommand } from "./ruleset.ts";

/** Sends the packets of one hook that carry a mark to a queue. */
export interface QueueHopOptions {
  hook: "prerouting" | "forward" | "postrouting";
  /** The base chain's name in the nft spelling. */
  chain: string;
  /** NFQUEUE number, 0 to 65535. */
  queue: number;
  /** A packet is queued when `meta mark & mask == mark`. */
  mark: number;
  mask: number;
  /** Let packets pass when nobody reads the queue: only where a later chain drops what went unseen. */
  bypass: boolean;
}

export interface QueueHop {
  /** The base chain to put into the NAT's own nft table; empty in the iptables-nft spelling. */
  readonly chainText: string;
  /** Puts in place what is not in `chainText`; may be repeated. Throws RulesetError. */
  install(): void;
  /** Takes that away again; may be repeated. Throws RulesetError. */
  remove(): void;
}

/**
 * The priority of the hop in its hook, "mangle" because xtables has fixed places: chains that mark go before,
 * chains that look at the result after.
 */
export const QUEUE_HOP_PRIORITY = -150;

/** The hop in the spelling this kernel has: pass the answer of `hasQueueStatement()`. */
export function queueHop(options: QueueHopOptions, queueStatement: boolean): QueueHop {
  return queueStatement ? statementHop(options) : targetHop(options);
}

function statementHop({ hook, chain, queue, mark, mask, bypass }: QueueHopOptions): QueueHop {
  const chainText = `chain ${chain} {
  type filter hook ${hook} priority ${QUEUE_HOP_PRIORITY}
  meta mark & ${mask} == ${mark} queue ${bypass ? "flags bypass " : ""}to ${queue}
}
`;
  return { chainText, install: () => {}, remove: () => {} };
}

/**
 * For kernels that have xtables' NFQUEUE target but not the nft statement. iptables-nft keeps it in its own
 * table, `ip mangle`.
 */
function targetHop({ hook, queue, mark, mask, bypass }: QueueHopOptions): QueueHop {
  const match = ["-m", "mark", "--mark", `${mark}/${mask}`];
  const target = ["-j", "NFQUEUE", "--queue-num", `${queue}`, ...(bypass ? ["--queue-bypass"] : [])];
  const run = (verb: string) =>
    runRulesetCommand(["iptables-nft", "-w", "-t", "mangle", verb, hook.toUpperCase(), ...match, ...target]);
  const isThere = () => {
    try {
      run("-C");
      return true;
    } catch (error) {
      if (error instanceof RulesetError) return false;
      throw error;
    }
  };
  return {
    chainText: "",
    install: () => {
      if (!isThere()) run("-A");
    },
    remove: () => {
      if (isThere()) run("-D");
    },
  };
}

/** Sends the packets of one hook that carry a mark to a queue. Both spellings sit at priority -150 (mangle). */
export interface QueueHopOptions {
  hook: "prerouting" | "forward" | "postrouting";
  /** The base chain's name in the nft spelling. */
  chain: string;
  /** NFQUEUE number, 0 to 65535. */
  queue: number;
  /** A packet is queued when `meta mark & mask == mark`. */
  mark: number;
  mask: number;
  /** Let packets pass when nobody reads the queue. */
  bypass: boolean;
}

export interface QueueHop {
  /** The base chain to put into the NAT's own nft table; empty in the iptables-nft spelling. */
  readonly chainText: string;
  /** Puts in place what is not in `chainText`; may be repeated. Throws RulesetError. */
  install(): void;
  /** Takes that away again; may be repeated. */
  remove(): void;
}

/** The priority of the hop in its hook: chains that mark go before, chains that look at the result after. */
export declare const QUEUE_HOP_PRIORITY: -150;

/** The hop in the spelling this kernel has: pass the answer of `hasQueueStatement()`. */
export declare function queueHop(options: QueueHopOptions, queueStatement: boolean): QueueHop;

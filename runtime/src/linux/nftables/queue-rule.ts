import { MessageBuilder, NLM_F_ACK, NLM_F_CREATE, NLM_F_REQUEST } from "../netlink/message.ts";
import type { NetlinkSocket } from "../netlink/socket.ts";

// linux/netfilter/nfnetlink.h, nf_tables.h and nf_tables_compat.h
const NFNL_SUBSYS_NFTABLES = 10;
const NFNL_MSG_BATCH_BEGIN = 0x10;
const NFNL_MSG_BATCH_END = 0x11;
const NFT_MSG_NEWRULE = (NFNL_SUBSYS_NFTABLES << 8) | 6;
const NFT_MSG_DELRULE = (NFNL_SUBSYS_NFTABLES << 8) | 8;
const NLM_F_APPEND = 0x800;
const NFPROTO_IPV4 = 2;
const NFTA_RULE_TABLE = 1;
const NFTA_RULE_CHAIN = 2;
const NFTA_RULE_EXPRESSIONS = 4;
const NFTA_LIST_ELEM = 1;
const NFTA_EXPR_NAME = 1;
const NFTA_EXPR_DATA = 2;
const NFTA_TARGET_NAME = 1;
const NFTA_TARGET_REV = 2;
const NFTA_TARGET_INFO = 3;

/** A chain, of a table of family ip, that does nothing but send its packets to a queue. */
export interface QueueRule {
  chain: string;
  /** NFQUEUE number, 0 to 65535. */
  queue: number;
  /** Let packets pass when nobody reads the queue: only where a later chain drops what went unseen. */
  bypass: boolean;
}

/** The rule in nft's words, for kernels with nft_queue (CONFIG_NFT_QUEUE). */
export function queueStatement({ queue, bypass }: QueueRule): string {
  return `queue ${bypass ? "flags bypass " : ""}to ${queue}`;
}

/**
 * Makes each rule the only one of its chain in `table`, by xtables' NFQUEUE target: for kernels that have that but not
 * nft's statement, and nft itself cannot spell it. One transaction. Throws NetlinkError, ENOENT when a chain is not there.
 */
export function installQueueTargets(socket: NetlinkSocket, table: string, rules: readonly QueueRule[]): void {
  const request = new MessageBuilder(1024 * (rules.length + 1));
  let sequence = socket.begin(request);
  const begin = (type: number, flags: number, family: number, resource: number) =>
    request
      .begin(type, NLM_F_REQUEST | flags, sequence++)
      .u8(family)
      .u8(0)
      .u16Be(resource);
  begin(NFNL_MSG_BATCH_BEGIN, 0, 0, NFNL_SUBSYS_NFTABLES).end();
  for (const { chain, queue, bypass } of rules) {
    const name = (message: MessageBuilder) =>
      message.attributeText(NFTA_RULE_TABLE, table).attributeText(NFTA_RULE_CHAIN, chain);
    name(begin(NFT_MSG_DELRULE, 0, NFPROTO_IPV4, 0)).end();
    name(begin(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, NFPROTO_IPV4, 0));
    appendTarget(request, queue, bypass);
    request.end();
  }
  request.addFlags(NLM_F_ACK);
  const lastRule = sequence - 1;
  begin(NFNL_MSG_BATCH_END, 0, 0, NFNL_SUBSYS_NFTABLES).end();
  socket.exchange(`rules of table ip ${table}`, request, lastRule);
}

function appendTarget(request: MessageBuilder, queue: number, bypass: boolean): void {
  const list = request.openNest(NFTA_RULE_EXPRESSIONS);
  const element = request.openNest(NFTA_LIST_ELEM);
  request.attributeText(NFTA_EXPR_NAME, "target");
  const data = request.openNest(NFTA_EXPR_DATA);
  request.attributeText(NFTA_TARGET_NAME, "NFQUEUE").attributeU32Be(NFTA_TARGET_REV, 3);
  // struct xt_NFQ_info_v3: number, how many queues, flags; padded to eight bytes.
  const NFQ_FLAG_BYPASS = 1;
  const info = new Uint16Array([queue, 1, bypass ? NFQ_FLAG_BYPASS : 0, 0]);
  request.attribute(NFTA_TARGET_INFO, new Uint8Array(info.buffer));
  request.closeNest(data).closeNest(element).closeNest(list);
}

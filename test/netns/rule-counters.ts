import {
  AttributeCursor,
  MessageBuilder,
  type MessageCursor,
  NLM_F_DUMP,
  NLM_F_REQUEST,
} from "../../runtime/src/linux/netlink/message.ts";
import { NetlinkSocket } from "../../runtime/src/linux/netlink/socket.ts";
import { NAT_TABLE } from "../../runtime/src/render/nat.ts";
import type { Namespace } from "./linux-namespace.ts";

// linux/netfilter/nf_tables.h
const NFT_MSG_GETRULE = (10 << 8) | 7;
const NFT_MSG_GETOBJ = (10 << 8) | 19;
const NFPROTO_INET = 1;
const NFPROTO_IPV4 = 2;
const NFGENMSG_LENGTH = 4;
const NFTA_RULE_TABLE = 1;
const NFTA_RULE_CHAIN = 2;
const NFTA_RULE_EXPRESSIONS = 4;
const NFTA_EXPR_NAME = 1;
const NFTA_EXPR_DATA = 2;
const NFTA_COUNTER_PACKETS = 2;
const NFTA_OBJ_NAME = 2;
const NFTA_OBJ_DATA = 4;

/**
 * Packets that the firewall's counters, by name, and the NAT's, by "nat" and their chain, have counted. Over netlink: the
 * nft of Debian 12 reads every element of every map before it tells anything, which with many bindings takes a second.
 */
export function ruleCounts(router: Namespace): Record<string, number> {
  const socket = router.run(() => NetlinkSocket.open("netfilter"));
  const counts: Record<string, number> = {};
  const add = (name: string, packets: number) => {
    counts[name] = (counts[name] ?? 0) + packets;
  };
  dump(socket, NFT_MSG_GETOBJ, NFPROTO_INET, (parts) => {
    const packets = packetsIn(parts.get(NFTA_OBJ_DATA));
    if (packets !== undefined) add(parts.get(NFTA_OBJ_NAME)?.text() ?? "", packets);
  });
  dump(socket, NFT_MSG_GETRULE, NFPROTO_IPV4, (parts) => {
    if (parts.get(NFTA_RULE_TABLE)?.text() !== NAT_TABLE) return;
    for (const expression of attributesOf(parts.get(NFTA_RULE_EXPRESSIONS))) {
      const inner = new Map(attributesOf(expression).map((part) => [part.type, part]));
      if (inner.get(NFTA_EXPR_NAME)?.text() !== "counter") continue;
      add(`nat ${parts.get(NFTA_RULE_CHAIN)?.text()}`, packetsIn(inner.get(NFTA_EXPR_DATA)) ?? 0);
    }
  });
  socket.close();
  return counts;
}

type Parts = ReadonlyMap<number, AttributeCursor>;

function dump(socket: NetlinkSocket, type: number, family: number, visit: (parts: Parts) => void): void {
  const request = new MessageBuilder(256);
  const sequence = socket.begin(request);
  request
    .begin(type, NLM_F_REQUEST | NLM_F_DUMP, sequence)
    .u8(family)
    .u8(0)
    .u16Be(0)
    .end();
  socket.exchange("dump of counters", request, sequence, (answer: MessageCursor) => {
    const all = cursors(answer.view, answer.offset + NFGENMSG_LENGTH, answer.end);
    visit(new Map(all.map((part) => [part.type, part])));
  });
}

function attributesOf(outer: AttributeCursor | undefined): AttributeCursor[] {
  if (outer === undefined) return [];
  const { buffer, byteOffset, length } = outer.bytes();
  return cursors(new DataView(buffer), byteOffset, byteOffset + length);
}

/** One cursor on each attribute between two offsets. */
function cursors(view: DataView, from: number, to: number): AttributeCursor[] {
  const found: AttributeCursor[] = [];
  const walk = new AttributeCursor(view).over(from, to);
  while (walk.next()) {
    const one = new AttributeCursor(view).over(walk.offset - 4, to);
    one.next();
    found.push(one);
  }
  return found;
}

/** What a counter's data say; undefined where they are not a counter's. */
function packetsIn(data: AttributeCursor | undefined): number | undefined {
  const packets = attributesOf(data).find(
    ({ type, length }) => type === NFTA_COUNTER_PACKETS && length === 8,
  );
  if (packets === undefined) return undefined;
  const { buffer, byteOffset } = packets.bytes();
  return Number(new DataView(buffer).getBigUint64(byteOffset));
}

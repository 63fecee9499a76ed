import { type MessageBuilder, NLM_F_REQUEST } from "../netlink/message.ts";

const NFQNL_MSG_VERDICT = (3 << 8) | 1;
const NFQA_VERDICT_HDR = 2;
const NFQA_MARK = 3;
const NFQA_PAYLOAD = 10;
const VERDICT_HDR_LENGTH = 8;

export const NF_DROP = 0;
export const NF_ACCEPT = 1;
export const NF_REPEAT = 4;

/** Appends the verdict on one packet of queue `queue`; without a mark or payload the packet keeps its own. */
export function appendVerdict(
  into: MessageBuilder,
  queue: number,
  id: number,
  verdict: number,
  mark?: number,
  payload?: Uint8Array,
): void {
  into.begin(NFQNL_MSG_VERDICT, NLM_F_REQUEST, 0).u16(0).u16Be(queue);
  into
    .u16(4 + VERDICT_HDR_LENGTH)
    .u16(NFQA_VERDICT_HDR)
    .u32Be(verdict)
    .u32Be(id);
  if (mark !== undefined) into.attributeU32Be(NFQA_MARK, mark);
  if (payload !== undefined) into.attribute(NFQA_PAYLOAD, payload);
  into.end();
}

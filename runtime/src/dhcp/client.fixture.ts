import type { Mac } from "../addr/mac.ts";
import { type DhcpMessage, Op } from "../wire/dhcp/message.ts";

/** A client's message for tests: zero in every field not given. */
export function clientMessage(chaddr: Mac, fields: Partial<DhcpMessage> = {}): DhcpMessage {
  return {
    op: Op.request,
    hops: 0,
    xid: 0x1234,
    secs: 0,
    broadcast: false,
    ciaddr: 0,
    yiaddr: 0,
    siaddr: 0,
    giaddr: 0,
    chaddr,
    options: new Map(),
    ...fields,
  };
}

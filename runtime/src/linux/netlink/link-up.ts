import { MessageBuilder, NLM_F_ACK, NLM_F_REQUEST } from "./message.ts";
import { RTM_NEWLINK } from "./route-messages.ts";
import { NetlinkSocket } from "./socket.ts";

const IFF_UP = 1;

/**
 * Takes the link with index `link` up or down. One that is down has no carrier: whoever is at the other end of the cable sees it
 * pulled. Throws NetlinkError.
 */
export function setLinkUp(link: number, isUp: boolean): void {
  const socket = NetlinkSocket.open("route");
  try {
    const request = new MessageBuilder(32);
    const sequence = socket.begin(request);
    request.begin(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, sequence);
    // struct ifinfomsg: family, type, index, flags and the mask of those to change.
    request.u16(0).u16(0).u32(link);
    request
      .u32(isUp ? IFF_UP : 0)
      .u32(IFF_UP)
      .end();
    socket.exchange(`taking a link ${isUp ? "up" : "down"}`, request, sequence);
  } finally {
    socket.close();
  }
}

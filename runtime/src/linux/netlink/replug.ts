import { MessageBuilder, NLM_F_ACK, NLM_F_REQUEST } from "./message.ts";
import { RTM_NEWLINK } from "./route-messages.ts";
import { NetlinkSocket } from "./socket.ts";

const IFF_UP = 1;

/**
 * Takes the link with index `link` down and at once up again: whoever is at the other end of the cable sees it pulled and
 * plugged in, and so asks for an address anew. Throws NetlinkError, and the link is up even so when it is there.
 */
export function replugLink(link: number): void {
  const socket = NetlinkSocket.open("route");
  try {
    setFlags(socket, link, 0);
  } finally {
    setFlags(socket, link, IFF_UP);
    socket.close();
  }
}

/** Sets IFF_UP of the interface as in `flags` (struct ifinfomsg: family, type, index, flags and the mask of those to change). */
function setFlags(socket: NetlinkSocket, link: number, flags: number): void {
  const request = new MessageBuilder(32);
  const sequence = socket.begin(request);
  request.begin(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, sequence);
  request.u16(0).u16(0).u32(link).u32(flags).u32(IFF_UP).end();
  socket.exchange(flags === 0 ? "taking a link down" : "taking a link up", request, sequence);
}

import { bind, close, interfaceIndex, sendTo, socket } from "../ffi/libc.ts";
import { takeOffers } from "../ffi/packet-filter.ts";
import { receive } from "../ffi/receiver.ts";

const AF_PACKET = 17;
const SOCK_RAW = 3;
const ETH_P_ALL = 0x0003;
const MAX_FRAME = 1514;

/** A port's wire, for asking who offers the Internet there. It needs no address, and works on ports of a bridge, too. */
export interface OfferSocket {
  /** A whole Ethernet frame. Throws SystemError, ENETDOWN when the port is down. */
  send(frame: Uint8Array): void;
  close(): void;
}

/** Opens it on `interfaceName`: frames with DHCP for a client, and of PPPoE's discovery, go to `onFrame`. Throws SystemError. */
export function openOffers(
  interfaceName: string,
  onFrame: (frame: Uint8Array) => void,
  onError: (error: Error) => void,
): OfferSocket {
  const address = linkAddress(interfaceIndex(interfaceName), ETH_P_ALL);
  // Protocol 0: nothing is queued before the filter is in place.
  const fd = socket(AF_PACKET, SOCK_RAW, 0);
  try {
    takeOffers(fd);
    bind(fd, address);
  } catch (error) {
    close(fd);
    throw error;
  }
  const receiver = receive(fd, MAX_FRAME, onFrame, onError);
  return { send: (frame) => void sendTo(fd, frame, address), close: () => receiver.stop() };
}

/** struct sockaddr_ll of a whole link. */
function linkAddress(index: number, protocol: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(20));
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, protocol);
  view.setInt32(4, index, true);
  return new Uint8Array(view.buffer);
}

import {
  bind,
  close,
  interfaceIndex,
  recv,
  send,
  setsockopt,
  socket,
} from "../../runtime/src/linux/ffi/libc.ts";
import { ETHERNET_HEADER, ETHERTYPE_IPV4 } from "../../runtime/src/wire/ethernet.ts";
import type { Namespace } from "../netns/linux-namespace.ts";

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const MSG_DONTWAIT = 0x40;
/** Some thousands of packets that arrive before the test looks; the kernel counts more than their bytes. */
const RECEIVE_BUFFER = 1 << 26;
const MAX_FRAME = 2048;

/**
 * The far end of one of the router's wires as a packet socket: IPv4 packets go out and come in byte by byte, and no IP stack
 * stands behind it.
 */
export class Wire {
  readonly #fd: number;
  readonly #header = new Uint8Array(ETHERNET_HEADER);
  readonly #frame = new Uint8Array(MAX_FRAME);

  /** `own` and `peer` are the Ethernet addresses of this end and of the router. Throws SystemError. */
  constructor(namespace: Namespace, interfaceName: string, own: Uint8Array, peer: Uint8Array) {
    this.#header.set(peer);
    this.#header.set(own, 6);
    new DataView(this.#header.buffer).setUint16(12, ETHERTYPE_IPV4);
    this.#fd = namespace.run(() => {
      const fd = socket(AF_PACKET, SOCK_RAW, 0);
      setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER, "SO_RCVBUFFORCE");
      bind(fd, linkAddress(interfaceIndex(interfaceName)));
      return fd;
    });
  }

  send(packet: Uint8Array): void {
    const frame = new Uint8Array(ETHERNET_HEADER + packet.length);
    frame.set(this.#header);
    frame.set(packet, ETHERNET_HEADER);
    send(this.#fd, frame);
  }

  /** Hands over the packets that wait and are for this end; a bridge floods frames for stations it has not heard yet. */
  drain(onPacket: (packet: Uint8Array) => void): void {
    for (;;) {
      const length = recv(this.#fd, this.#frame, MSG_DONTWAIT);
      if (length < 0) return;
      if (!this.#isOwn() || length < ETHERNET_HEADER + 20) continue;
      // Short packets are padded to Ethernet's minimum by some drivers.
      const total = new DataView(this.#frame.buffer).getUint16(ETHERNET_HEADER + 2);
      onPacket(this.#frame.slice(ETHERNET_HEADER, Math.min(length, ETHERNET_HEADER + total)));
    }
  }

  close(): void {
    close(this.#fd);
  }

  #isOwn(): boolean {
    for (let i = 0; i < 6; i++) if (this.#frame[i] !== this.#header[6 + i]) return false;
    return true;
  }
}

/** struct sockaddr_ll for IPv4 on one interface. */
function linkAddress(index: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(20));
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, ETHERTYPE_IPV4);
  view.setInt32(4, index, true);
  return new Uint8Array(view.buffer);
}

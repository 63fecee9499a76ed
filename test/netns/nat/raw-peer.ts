import { bind, close, recv, sendTo, socket } from "../../../runtime/src/linux/ffi/libc.ts";
import { type Namespace, until } from "../linux-namespace.ts";

const AF_INET = 2;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
/** Packets come with their IP header, of which the kernel fills in the checksum. */
export const IPPROTO_RAW = 255;

/** A raw socket for one IP protocol in a namespace. */
export class RawPeer {
  readonly #fd: number;
  readonly #buffer = new Uint8Array(2048);

  constructor(namespace: Namespace, protocol: number, address = "0.0.0.0") {
    this.#fd = namespace.run(() => socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, protocol));
    bind(this.#fd, socketAddress(address));
  }

  send(payload: Uint8Array | string, to: string): void {
    sendTo(
      this.#fd,
      typeof payload === "string" ? new TextEncoder().encode(payload) : payload,
      socketAddress(to),
    );
  }

  /** The next packet that arrives: its source address and payload as text. Packets without IP options. */
  async receive(): Promise<{ from: string; text: string }> {
    const packet = await this.packet();
    const from = [...packet.subarray(12, 16)].join(".");
    return { from, text: new TextDecoder().decode(packet.subarray(20)) };
  }

  /** The next packet, from its IP header on. */
  async packet(): Promise<Uint8Array> {
    let length = -1;
    await until("a raw packet", () => {
      length = recv(this.#fd, this.#buffer);
      return length >= 0;
    });
    return this.#buffer.slice(0, length);
  }

  close(): void {
    close(this.#fd);
  }
}

/** struct sockaddr_in without a port */
function socketAddress(address: string): Uint8Array {
  return Uint8Array.of(AF_INET, 0, 0, 0, ...address.split(".").map(Number), ...Array(8).fill(0));
}

import { ptr } from "bun:ffi";
import { parseIPv4 } from "../../runtime/src/addr/ipv4.ts";
import { close, SystemError, socket } from "../../runtime/src/linux/ffi/libc.ts";
import { udpPacket } from "../../runtime/src/linux/packet/datagram.ts";
import { AF_INET, calls, SOCK_RAW, socketAddress } from "./system-calls.ts";

/** Packets come with their IP header, of which the kernel fills in the checksum. */
const IPPROTO_RAW = 255;
/** struct mmsghdr on 64-bit Linux: a msghdr of 56 bytes, with msg_iov and msg_iovlen at 16 and 24, and the length sent. */
const MMSGHDR = 64;
const MSG_IOV = 16;
const MSG_IOVLEN = 24;
/** 64 bytes less Ethernet header, checksum, IP and UDP header. */
const SMALLEST_PAYLOAD = new Uint8Array(64 - 14 - 4 - 20 - 8);

export interface Flow {
  /** Whoever it is: the sender's own address or another's. */
  source: string;
  sourcePort: number;
  destination: string;
  destinationPort: number;
}

/** Sends packets made before from any source, many with one system call, at the same cost for one flow and for thousands. */
export class PacketSender {
  readonly #fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
  readonly #messages: DataView;
  readonly #pointer: number;
  /** The kernel knows these by address only; the fields keep them alive. */
  readonly #vectors: BigUint64Array;
  readonly #packets: readonly Uint8Array[];

  /** A socket in this thread's network namespace that sends towards `destination`. */
  constructor(destination: string, packets: readonly Uint8Array[]) {
    const target = socketAddress(destination, 0);
    calls.connect(this.#fd, ptr(target), target.length);
    this.#packets = packets;
    this.#vectors = new BigUint64Array(packets.length * 2);
    this.#messages = new DataView(new ArrayBuffer(packets.length * MMSGHDR));
    const vectors = ptr(this.#vectors);
    packets.forEach((packet, i) => {
      this.#vectors[2 * i] = BigInt(ptr(packet));
      this.#vectors[2 * i + 1] = BigInt(packet.length);
      this.#messages.setBigUint64(i * MMSGHDR + MSG_IOV, BigInt(vectors + i * 16), true);
      this.#messages.setBigUint64(i * MMSGHDR + MSG_IOVLEN, 1n, true);
    });
    this.#pointer = ptr(this.#messages);
  }

  get count(): number {
    return this.#packets.length;
  }

  /** Sends packets `first` to `first + count`, which are 1024 at most; how many were sent, less where a buffer was full. */
  send(first: number, count: number): number {
    const pointer = (this.#pointer + first * MMSGHDR) as Parameters<typeof calls.sendmmsg>[1];
    return Math.max(calls.sendmmsg(this.#fd, pointer, count, 0), 0);
  }

  close(): void {
    close(this.#fd);
  }
}

/** A datagram of a flow that fills a 64-byte Ethernet frame. */
export function smallestDatagram({ source, sourcePort, destination, destinationPort }: Flow): Uint8Array {
  return udpPacket(
    { address: addressOf(source), port: sourcePort },
    { address: addressOf(destination), port: destinationPort },
    SMALLEST_PAYLOAD,
  );
}

function addressOf(text: string): number {
  const address = parseIPv4(text);
  if (address === undefined) throw new SystemError(`not an address: ${text}`, 22);
  return address;
}

import { ptr } from "bun:ffi";
import { EAGAIN, EINTR, errno, libc, SystemError } from "./libc.ts";

// struct mmsghdr on 64-bit Linux: a struct msghdr of 56 bytes, in which msg_iov and msg_iovlen stand at 16 and
// 24, then msg_len.
const MMSGHDR_LENGTH = 64;
const MSG_IOV = 16;
const MSG_IOVLEN = 24;
const MSG_LEN = 56;
const IOVEC_LENGTH = 16;

/** Buffers into which one system call (recvmmsg) receives many messages; all memory is taken at the start. */
export class ReceiveBatch {
  /** Message `i` starts at `i * messageLength`. */
  readonly bytes: Uint8Array;
  readonly #headers: DataView;
  // The vectors' memory is known to the kernel by address only; the field keeps it alive.
  readonly #vectors: BigUint64Array;

  constructor(
    readonly count: number,
    readonly messageLength: number,
  ) {
    this.bytes = new Uint8Array(count * messageLength);
    this.#vectors = new BigUint64Array(count * 2);
    this.#headers = new DataView(new ArrayBuffer(count * MMSGHDR_LENGTH));
    const buffers = ptr(this.bytes);
    const vectors = ptr(this.#vectors);
    for (let i = 0; i < count; i++) {
      this.#vectors[2 * i] = BigInt(buffers + i * messageLength);
      this.#vectors[2 * i + 1] = BigInt(messageLength);
      this.#headers.setBigUint64(i * MMSGHDR_LENGTH + MSG_IOV, BigInt(vectors + i * IOVEC_LENGTH), true);
      this.#headers.setBigUint64(i * MMSGHDR_LENGTH + MSG_IOVLEN, 1n, true);
    }
  }

  /** Receives what is there, up to `count` messages, without blocking; how many. Throws SystemError. */
  receive(fd: number): number {
    const MSG_DONTWAIT = 0x40;
    const received = libc.recvmmsg(fd, ptr(this.#headers), this.count, MSG_DONTWAIT, null);
    if (received >= 0) return received;
    const cause = errno();
    if (cause === EAGAIN || cause === EINTR) return 0;
    throw new SystemError("recvmmsg", cause);
  }

  /** The length of message `i` of those received last. */
  lengthOf(i: number): number {
    return this.#headers.getUint32(i * MMSGHDR_LENGTH + MSG_LEN, true);
  }
}

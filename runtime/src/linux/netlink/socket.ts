import { bind, close, EAGAIN, recv, SystemError, send, setsockopt, socket } from "../ffi/libc.ts";
import {
  AttributeCursor,
  type MessageBuilder,
  MessageCursor,
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_HEADER_LENGTH,
} from "./message.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOL_NETLINK = 270;
const MSG_DONTWAIT = 0x40;
const PROTOCOL = { route: 0, netfilter: 12 };

// The kernel fills a dump's datagrams to at most 32 KiB, however large the buffer offered.
const RECEIVE_LENGTH = 65536;

/** A request the kernel refused: which one, the errno, and what the kernel's extended acknowledgement said. */
export class NetlinkError extends SystemError {
  override name = "NetlinkError";
  constructor(
    operation: string,
    errno: number,
    /** The kernel's own words, often empty. */
    readonly kernelText: string,
    /** Which message of the request was refused, counted from 0. */
    readonly messageIndex: number,
  ) {
    super(operation, errno, kernelText);
  }
}

/**
 * A netlink socket for requests. The kernel answers before `send` returns (and fills a dump while it is read),
 * so requests are synchronous and never wait.
 */
export class NetlinkSocket {
  readonly #buffer = new Uint8Array(RECEIVE_LENGTH);
  readonly #answer = new MessageCursor(new DataView(this.#buffer.buffer));
  readonly #attribute = new AttributeCursor(this.#answer.view);
  #nextSequence = 1;
  #firstSequence = 0;
  #lastIndex = 0;
  #failure: NetlinkError | undefined;
  #isConsistent = true;

  private constructor(readonly fd: number) {}

  /** Opens a socket of NETLINK_ROUTE or NETLINK_NETFILTER. Throws SystemError. */
  static open(protocol: keyof typeof PROTOCOL): NetlinkSocket {
    const fd = socket(AF_NETLINK, SOCK_RAW, PROTOCOL[protocol]);
    try {
      bind(fd, netlinkAddress(0));
      // Answers that find no room are lost rather than the socket put into an error state: of a thousand
      // refusals the first are there, and of a queue's packets the lost ones are counted.
      enable(fd, 5, "NETLINK_NO_ENOBUFS");
      enable(fd, 10, "NETLINK_CAP_ACK"); // errors come without a copy of the request
      enable(fd, 11, "NETLINK_EXT_ACK"); // and with the kernel's explanation
      if (protocol === "route") enable(fd, 12, "NETLINK_GET_STRICT_CHK"); // dump filters are obeyed
    } catch (error) {
      close(fd);
      throw error;
    }
    return new NetlinkSocket(fd);
  }

  /**
   * Empties `request` and gives the sequence number of its first message; those of the following count up from
   * it, at most 65535 of them. Several requests may be under construction at a time.
   */
  begin(request: MessageBuilder): number {
    request.reset();
    const first = this.#nextSequence;
    this.#nextSequence = (first + 0x10000) >>> 0;
    return first;
  }

  /**
   * Sends what was built since `begin` and hands every answer to `onAnswer`, which must not keep the cursor.
   * The message with `lastSequence` must be the last and either a dump or one with NLM_F_ACK: its end or
   * acknowledgement ends the exchange. False when a dump missed a change made meanwhile. Throws NetlinkError
   * naming `operation`, for the first message refused.
   */
  exchange(
    operation: string,
    request: MessageBuilder,
    lastSequence: number,
    onAnswer?: (answer: MessageCursor) => void,
  ): boolean {
    this.#firstSequence = request.firstSequence;
    this.#lastIndex = (lastSequence - this.#firstSequence) >>> 0;
    this.#failure = undefined;
    this.#isConsistent = true;
    send(this.fd, request.bytes.subarray(0, request.length));
    let isEnd = false;
    while (!isEnd) isEnd = this.#read(operation, onAnswer);
    return this.#isConsistent;
  }

  /**
   * Reads one datagram; whether the exchange ended with it. After a failure the rest is read too, lest it
   * answer the next request.
   */
  #read(operation: string, onAnswer: ((answer: MessageCursor) => void) | undefined): boolean {
    const length = recv(this.fd, this.#buffer, MSG_DONTWAIT);
    if (length < 0) throw this.#failure ?? new NetlinkError(operation, EAGAIN, "no answer", 0);
    const answer = this.#answer.over(0, length);
    let isEnd = false;
    while (answer.next()) {
      const index = (answer.sequence - this.#firstSequence) >>> 0;
      if (index > this.#lastIndex) continue; // left over from an earlier request
      if ((answer.flags & NLM_F_DUMP_INTR) !== 0) this.#isConsistent = false;
      if (answer.type !== NLMSG_ERROR && answer.type !== NLMSG_DONE) {
        onAnswer?.(answer);
        continue;
      }
      const code = answer.end - answer.offset < 4 ? 0 : answer.view.getInt32(answer.offset, true);
      if (code < 0) this.#failure ??= new NetlinkError(operation, -code, this.#kernelText(answer), index);
      isEnd ||= index === this.#lastIndex;
    }
    return isEnd && this.#failure === undefined;
  }

  /**
   * The text of an extended acknowledgement: it follows the error code and, in NLMSG_ERROR, the refused
   * message's header.
   */
  #kernelText({ type, flags, offset, end }: MessageCursor): string {
    const NLM_F_ACK_TLVS = 0x200;
    const NLMSGERR_ATTR_MSG = 1;
    if ((flags & NLM_F_ACK_TLVS) === 0) return "";
    const attribute = this.#attribute.over(
      offset + (type === NLMSG_ERROR ? 4 + NLMSG_HEADER_LENGTH : 4),
      end,
    );
    while (attribute.next()) if (attribute.type === NLMSGERR_ATTR_MSG) return attribute.text();
    return "";
  }

  close(): void {
    close(this.fd);
  }
}

/**
 * Opens a socket that receives the kernel's notifications of the rtnetlink groups in the mask `groups`
 * (RTMGRP_*). When more come than its buffer holds, the surplus is lost silently: take each as a reason to
 * look, not as the news itself. Throws SystemError.
 */
export function openNotifications(groups: number): number {
  const fd = socket(AF_NETLINK, SOCK_RAW, PROTOCOL.route);
  try {
    enable(fd, 5, "NETLINK_NO_ENOBUFS"); // what was read after an overflow is reason enough
    bind(fd, netlinkAddress(groups));
  } catch (error) {
    close(fd);
    throw error;
  }
  return fd;
}

/** struct sockaddr_nl; the kernel chooses the port. */
function netlinkAddress(groups: number): Uint8Array {
  return new Uint8Array(new Uint32Array([AF_NETLINK, 0, groups]).buffer);
}

function enable(fd: number, option: number, what: string): void {
  setsockopt(fd, SOL_NETLINK, option, 1, what);
}

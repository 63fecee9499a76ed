import { readFileSync } from "node:fs";
import { send, setsockopt } from "../ffi/libc.ts";
import { ReceiveBatch } from "../ffi/receive-batch.ts";
import { MessageBuilder, MessageCursor, NLM_F_ACK, NLM_F_REQUEST, NLMSG_ERROR } from "../netlink/message.ts";
import { NetlinkError, NetlinkSocket } from "../netlink/socket.ts";
import { PacketReader, type QueuedPacket } from "./packet.ts";
import { appendVerdict, NF_ACCEPT, NF_DROP, NF_REPEAT } from "./verdicts.ts";

export type { QueuedPacket } from "./packet.ts";

const NFNL_SUBSYS_QUEUE = 3;
const NFQNL_MSG_PACKET = (NFNL_SUBSYS_QUEUE << 8) | 0;
const NFQNL_MSG_CONFIG = (NFNL_SUBSYS_QUEUE << 8) | 2;

// Netlink's and the packet's attributes around the payload take about 200 bytes.
const ENVELOPE_LENGTH = 512;
// A 16-bit attribute length less its header (NFQNL_MAX_COPY_RANGE): the longest packet that goes through user
// space whole.
const MAX_PACKET_LENGTH = 65531;
// One system call takes in this many messages: of heads so many that the call's cost is spread, of whole
// packets what fits a cache.
const BATCH = { head: 64, full: 8 };
// The largest verdict with a payload, or 2000 verdicts without.
const VERDICTS_LENGTH = 69632;
// Room for a full queue of heads (an skb takes up at least 768 bytes of it) or of Ethernet-sized packets.
const RECEIVE_BUFFER_LENGTH = 32 << 20;

export interface QueueOptions {
  /** NFQUEUE number, 0 to 65535. */
  number: number;
  /** "head": the first `headLength` bytes of each packet; "full": all of it. Both from the IP header on. */
  copy: "head" | "full";
  /** Bytes copied of each packet in "head" mode. */
  headLength: number;
  /** Packets the kernel holds for a verdict at most, to 32768; more are dropped. */
  maxLength: number;
  /**
   * Take super-packets whole (NFQA_CFG_F_GSO). Leave off where packets are rewritten in user space: then each
   * comes with a finished checksum.
   */
  gso: boolean;
}

export interface QueueStats {
  /** Packets waiting for a verdict. */
  waiting: number;
  /** Packets dropped because the queue was full. */
  queueDropped: number;
  /** Packets dropped because the socket's receive buffer was. */
  userDropped: number;
  /** Verdicts the kernel refused: the packet was gone, or the payload too long. */
  refusedVerdicts: number;
}

/** An open queue. Verdicts are collected and leave with `flush`, or by themselves when the buffer is full. */
export class PacketQueue {
  readonly #socket: NetlinkSocket;
  readonly #number: number;
  readonly #batch: ReceiveBatch;
  readonly #packet: PacketReader;
  readonly #message: MessageCursor;
  readonly #verdicts = new MessageBuilder(VERDICTS_LENGTH);
  #refusedVerdicts = 0;

  /** @internal Use `openQueue`. */
  constructor(socket: NetlinkSocket, { number, copy, headLength }: QueueOptions) {
    this.#socket = socket;
    this.#number = number;
    const copied = copy === "head" ? headLength : MAX_PACKET_LENGTH;
    this.#batch = new ReceiveBatch(BATCH[copy], copied + ENVELOPE_LENGTH);
    this.#packet = new PacketReader(this.#batch.bytes);
    this.#message = new MessageCursor(this.#packet.view);
  }

  /** Polls readable when packets wait. */
  get fd(): number {
    return this.#socket.fd;
  }

  /**
   * Hands over the packets that are there, up to one batch, without blocking; how many messages were read.
   * Throws SystemError.
   */
  read(onPacket: (packet: QueuedPacket) => void): number {
    const received = this.#batch.receive(this.fd);
    for (let i = 0; i < received; i++) {
      const start = i * this.#batch.messageLength;
      const message = this.#message.over(start, start + this.#batch.lengthOf(i));
      while (message.next()) {
        if (message.type === NLMSG_ERROR) this.#refusedVerdicts++;
        else if (message.type === NFQNL_MSG_PACKET && this.#packet.read(message)) onPacket(this.#packet);
      }
    }
    return received;
  }

  /** Lets the packet go on at the next base chain, replaced whole by `bytes` (at most 65531) where they are given. */
  accept(id: number, bytes?: Uint8Array): void {
    this.#verdict(id, NF_ACCEPT, undefined, bytes);
  }

  /**
   * Sends the packet through the base chain that queued it once more, with another `mark`, by which that chain must know
   * not to queue it again, and replaced whole by `bytes` where they are given.
   */
  repeat(id: number, mark: number, bytes?: Uint8Array): void {
    this.#verdict(id, NF_REPEAT, mark, bytes);
  }

  drop(id: number): void {
    this.#verdict(id, NF_DROP);
  }

  #verdict(id: number, verdict: number, mark?: number, payload?: Uint8Array): void {
    if (this.#verdicts.room < ENVELOPE_LENGTH + (payload?.byteLength ?? 0)) this.flush();
    appendVerdict(this.#verdicts, this.#number, id, verdict, mark, payload);
  }

  /** Sends the verdicts collected so far. Throws SystemError. */
  flush(): void {
    const length = this.#verdicts.length;
    if (length === 0) return;
    this.#verdicts.reset();
    send(this.fd, this.#verdicts.bytes.subarray(0, length));
  }

  /** The kernel's counters of this queue, since it was opened. */
  stats(): QueueStats {
    return { ...queueCounters(queueTable(), this.#number), refusedVerdicts: this.#refusedVerdicts };
  }

  /** Closes the queue; the kernel drops the packets that wait for a verdict. */
  close(): void {
    this.#socket.close();
  }
}

/** Binds to a queue. Throws NetlinkError (EPERM also when another program reads the queue) or SystemError. */
export function openQueue(options: QueueOptions): PacketQueue {
  const socket = NetlinkSocket.open("netfilter");
  try {
    enlargeReceiveBuffer(socket.fd);
    configure(socket, options);
    return new PacketQueue(socket, options);
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** Past the system's limit where that is allowed: in a user namespace it is not, and the limit must do. */
function enlargeReceiveBuffer(fd: number): void {
  const SOL_SOCKET = 1;
  try {
    setsockopt(fd, SOL_SOCKET, 33, RECEIVE_BUFFER_LENGTH, "SO_RCVBUFFORCE");
  } catch {
    setsockopt(fd, SOL_SOCKET, 8, RECEIVE_BUFFER_LENGTH, "SO_RCVBUF");
  }
}

// enum nfqnl_attr_config
const NFQA_CFG_CMD = 1;
const NFQA_CFG_PARAMS = 2;
const NFQA_CFG_QUEUE_MAXLEN = 3;
const NFQA_CFG_MASK = 4;
const NFQA_CFG_FLAGS = 5;
const NFQNL_CFG_CMD_BIND = 1;
const NFQNL_COPY_PACKET = 2;
const NFQA_CFG_F_GSO = 4;

function configure(socket: NetlinkSocket, { number, copy, headLength, maxLength, gso }: QueueOptions): void {
  const request = new MessageBuilder(256);
  const sequence = socket.begin(request);
  // Without NLM_F_ACK a refusal would go unnoticed.
  request
    .begin(NFQNL_MSG_CONFIG, NLM_F_REQUEST | NLM_F_ACK, sequence)
    .u16(0)
    .u16Be(number);
  request.attribute(NFQA_CFG_CMD, Uint8Array.of(NFQNL_CFG_CMD_BIND, 0, 0, 0));
  // struct nfqnl_msg_config_params is packed: a 32-bit range and an 8-bit mode
  const params = new DataView(new ArrayBuffer(5));
  params.setUint32(0, copy === "head" ? headLength : MAX_PACKET_LENGTH);
  params.setUint8(4, NFQNL_COPY_PACKET);
  request.attribute(NFQA_CFG_PARAMS, new Uint8Array(params.buffer));
  request.attributeU32Be(NFQA_CFG_QUEUE_MAXLEN, maxLength);
  request.attributeU32Be(NFQA_CFG_MASK, NFQA_CFG_F_GSO);
  request.attributeU32Be(NFQA_CFG_FLAGS, gso ? NFQA_CFG_F_GSO : 0);
  request.end();
  try {
    socket.exchange(`NFQUEUE ${number}`, request, sequence);
  } catch (error) {
    throw explained(error);
  }
}

/** The kernel says EPERM both to a caller without CAP_NET_ADMIN and to one that comes second. */
function explained(error: unknown): unknown {
  const EPERM = 1;
  if (!(error instanceof NetlinkError) || error.errno !== EPERM) return error;
  return new NetlinkError(error.operation, EPERM, "or another program reads this queue", error.messageIndex);
}

/** Packets that these open queues or their sockets had no room for. Throws where this user may not read the kernel's table. */
export function droppedBy(numbers: readonly number[]): number {
  const table = queueTable();
  return numbers.reduce((sum, number) => {
    const { queueDropped, userDropped } = queueCounters(table, number);
    return sum + queueDropped + userDropped;
  }, 0);
}

/** The queues of the calling thread's network namespace, which is the process's in the product. */
function queueTable(): string {
  return readFileSync("/proc/thread-self/net/netfilter/nfnetlink_queue", "latin1");
}

/**
 * The counters of one queue in the kernel's table: number, port, waiting, copy mode, copy range, queue dropped,
 * user dropped, last id, 1.
 */
export function queueCounters(table: string, number: number): Omit<QueueStats, "refusedVerdicts"> {
  for (const line of table.split("\n")) {
    const fields = line.trim().split(/\s+/).map(Number);
    if (line !== "" && fields[0] === number) {
      return { waiting: fields[2] ?? 0, queueDropped: fields[5] ?? 0, userDropped: fields[6] ?? 0 };
    }
  }
  return { waiting: 0, queueDropped: 0, userDropped: 0 };
}

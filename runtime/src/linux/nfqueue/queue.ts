export interface QueueOptions {
  /** NFQUEUE number, 0 to 65535. */
  number: number;
  /** "head": the first `headLength` bytes of each packet; "full": all of it. Both from the IP header on. */
  copy: "head" | "full";
  /** Bytes copied of each packet in "head" mode. */
  headLength: number;
  /** Packets the kernel holds for a verdict at most, to 32768. */
  maxLength: number;
  /** Take super-packets whole (NFQA_CFG_F_GSO). Leave off where packets are rewritten in user space. */
  gso: boolean;
  /** Let packets through unseen when the queue is full. */
  failOpen: boolean;
}

/** One queued packet: a view that is reused for the next one, valid only during `onPacket`. */
export interface QueuedPacket {
  /** Names the packet in its verdict. */
  readonly id: number;
  /** The receive buffer; the packet's IP header starts at `offset` and `length` bytes of the packet are there. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly offset: number;
  readonly length: number;
  /** The packet's whole length where it was cut, else `length`. */
  readonly originalLength: number;
  /** Interface indices, 0 when there is none at this hook. */
  readonly inInterface: number;
  readonly outInterface: number;
  /** NF_INET_* hook number: 0 prerouting, 1 input, 2 forward, 3 output, 4 postrouting. */
  readonly hook: number;
  readonly mark: number;
  /** Where the six bytes of the source MAC are in `bytes`, or -1. */
  readonly macOffset: number;
}

export interface QueueStats {
  /** Packets waiting for a verdict. */
  waiting: number;
  /** Dropped because the queue was full, and because the socket's buffer was. */
  queueDropped: number;
  userDropped: number;
  /** Verdicts the kernel refused. */
  refusedVerdicts: number;
}

/** An open queue. Verdicts are collected and leave with `flush`, or by themselves when the buffer is full. */
export interface PacketQueue {
  readonly fd: number;
  /** Hands over every packet that is there, up to one batch, without blocking; how many. */
  read(onPacket: (packet: QueuedPacket) => void): number;
  accept(id: number): void;
  acceptWithMark(id: number, mark: number): void;
  /** Accepts the packet replaced whole by `bytes`: its length becomes theirs. */
  acceptWithPayload(id: number, bytes: Uint8Array): void;
  drop(id: number): void;
  flush(): void;
  stats(): QueueStats;
  close(): void;
}

/** Binds to a queue. Throws NetlinkError (EPERM, EBUSY when another program holds the number). */
export declare function openQueue(options: QueueOptions): PacketQueue;

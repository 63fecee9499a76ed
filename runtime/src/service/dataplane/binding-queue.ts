import type { Prefix } from "../../addr/prefix.ts";
import { openQueue, type PacketQueue, type QueuedPacket } from "../../linux/nfqueue/queue.ts";
import type { Nat } from "../../nat/nat.ts";
import { admit } from "../../nat/packet.ts";
import { ANSWERED_MARK } from "../../render/nat.ts";
import type { Log } from "../log.ts";
import { logDrop } from "./drop-lines.ts";
import { BINDING_QUEUES } from "./nat-table.ts";
import type { Refusals } from "./refusals.ts";

/** IP header with options, and the TCP header. */
const HEAD_LENGTH = 128;
/** Packets of one group of hosts held for a verdict: 10 ms of a 200 000 packets a second flood; further ones are dropped. */
const MAX_LENGTH = 2048;
const BATCH = 1024;

/** Gives bindings, overload sessions and associations to packets that leave without one. The groups of hosts take turns, one batch each. */
export class BindingQueue {
  readonly #queues: readonly PacketQueue[];
  readonly #nat: Nat;
  readonly #refusals: Refusals;
  readonly #log: Log;
  /** Packets of this batch that may go on once their bindings are in effect. */
  readonly #admitted = new Uint32Array(BATCH);
  readonly #marks = new Uint32Array(BATCH);
  #admittedCount = 0;
  /** Whose batch is being read. */
  #queue: PacketQueue;
  #now = 0;
  /** Where hosts of the home may be. */
  lans: readonly Prefix[] = [];

  /** Throws NetlinkError, EBUSY when another data plane runs in this network namespace. */
  constructor(nat: Nat, refusals: Refusals, log: Log) {
    this.#nat = nat;
    this.#refusals = refusals;
    this.#log = log;
    this.#queues = openQueues();
    this.#queue = this.#queues[0]!;
  }

  /** In the order in which `read` asks whether they are ready. */
  get fds(): number[] {
    return this.#queues.map(({ fd }) => fd);
  }

  /** Decides over the packets that wait, one batch of each queue that `isReady`; how many there were. */
  read(now: number, isReady: (index: number) => boolean): number {
    this.#now = now;
    let packets = 0;
    for (let i = 0; i < this.#queues.length; i++) {
      if (!isReady(i)) continue;
      this.#queue = this.#queues[i]!;
      packets += this.#queue.read(this.#decide);
      this.#accept();
    }
    return packets;
  }

  close(): void {
    for (const queue of this.#queues) queue.close();
  }

  readonly #decide = (packet: QueuedPacket): void => {
    const { id, mark, view, offset, length } = packet;
    const code = admit(this.#nat, this.lans, view, offset, length, this.#now);
    if (code === 0) {
      this.#admitted[this.#admittedCount] = id;
      this.#marks[this.#admittedCount++] = mark | ANSWERED_MARK;
      if (this.#admittedCount === BATCH) this.#accept();
      return;
    }
    this.#queue.drop(id);
    this.#refusals.answer(code, this.lans, view, offset, length, this.#now);
    logDrop(this.#log, code, view, offset, length);
  };

  #accept(): void {
    try {
      this.#nat.settle(this.#now);
    } catch (error) {
      // The packets go on all the same: without their elements they are dropped.
      this.#log.limited("fast-path-refused", `the kernel refused new bindings: ${error}`);
    }
    for (let i = 0; i < this.#admittedCount; i++) {
      this.#queue.repeat(this.#admitted[i] ?? 0, this.#marks[i] ?? 0);
    }
    this.#admittedCount = 0;
    this.#queue.flush();
  }
}

function openQueues(): PacketQueue[] {
  const queues: PacketQueue[] = [];
  try {
    for (const number of BINDING_QUEUES) {
      queues.push(
        openQueue({ number, copy: "head", headLength: HEAD_LENGTH, maxLength: MAX_LENGTH, gso: true }),
      );
    }
  } catch (error) {
    for (const queue of queues) queue.close();
    throw error;
  }
  return queues;
}

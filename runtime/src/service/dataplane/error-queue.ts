import type { IPv4 } from "../../addr/ipv4.ts";
import { openQueue, type PacketQueue, type QueuedPacket } from "../../linux/nfqueue/queue.ts";
import { REWRITTEN, translateInboundError, translateOutboundError, UNTOUCHED } from "../../nat/icmp-error.ts";
import type { Nat } from "../../nat/nat.ts";
import { ANSWERED_MARK } from "../../render/nat.ts";
import type { Log } from "../log.ts";
import { logDrop } from "./drop-lines.ts";
import { ERROR_QUEUE } from "./nat-table.ts";

/** The largest ICMP error that is of use (RFC 1812 section 4.3.2.3 says 576 bytes; some quote a whole packet). */
const MAX_PACKET = 1500;
const MAX_LENGTH = 256;
const NF_INET_PRE_ROUTING = 0;

/** Translates ICMP errors, which need their quoted packet rewritten too. */
export class ErrorQueue {
  readonly #queue: PacketQueue;
  readonly #nat: Nat;
  readonly #log: Log;
  /** The address the outside knows us by. */
  external: IPv4 = 0;

  /** Throws NetlinkError, EBUSY when another data plane runs in this network namespace. */
  constructor(nat: Nat, log: Log) {
    this.#nat = nat;
    this.#log = log;
    this.#queue = openQueue({
      number: ERROR_QUEUE,
      copy: "full",
      headLength: MAX_PACKET,
      maxLength: MAX_LENGTH,
      gso: false,
    });
  }

  get fd(): number {
    return this.#queue.fd;
  }

  read(): void {
    this.#queue.read(this.#translate);
    this.#queue.flush();
  }

  close(): void {
    this.#queue.close();
  }

  readonly #translate = (packet: QueuedPacket): void => {
    const { id, hook, view, offset, length } = packet;
    const translate = hook === NF_INET_PRE_ROUTING ? translateInboundError : translateOutboundError;
    const result = translate(this.#nat, this.external, view, offset, length);
    if (result === REWRITTEN || result === UNTOUCHED) {
      this.#letGo(packet, result === REWRITTEN);
    } else {
      this.#queue.drop(id);
      this.#nat.drops.count(result);
      logDrop(this.#log, result, view, offset, length);
    }
  };

  #letGo({ id, hook, mark, bytes, offset, length }: QueuedPacket, isRewritten: boolean): void {
    const rewritten = isRewritten ? bytes.subarray(offset, offset + length) : undefined;
    if (hook === NF_INET_PRE_ROUTING) this.#queue.accept(id, rewritten);
    else this.#queue.repeat(id, mark | ANSWERED_MARK, rewritten);
  }
}

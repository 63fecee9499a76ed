import type { IPv4 } from "../../addr/ipv4.ts";
import { contains, type Prefix } from "../../addr/prefix.ts";
import { bind, close, SystemError, sendTo, setsockopt, socket } from "../../linux/ffi/libc.ts";
import { isForLackOfRoom, MAX_REFUSAL, writeRefusal } from "../../nat/refusal.ts";
import { sourceAddress } from "../../wire/ipv4.ts";
import type { Log } from "../log.ts";

/** Messages a second at most, and at once (RFC 1812 section 4.3.2.8): a host that floods hears of it now and then. */
const RATE = 50;

/** Tells hosts that what they sent cannot go for lack of room (RFC 5508 REQ-8), in the name of the router's address on their network. */
export class Refusals {
  readonly #log: Log;
  readonly #fd: number;
  readonly #message = new Uint8Array(MAX_REFUSAL);
  readonly #view = new DataView(this.#message.buffer);
  #bound: IPv4 = 0;
  #allowance = RATE;
  #refilled = 0;

  /** Throws SystemError without CAP_NET_RAW. */
  constructor(log: Log) {
    const [AF_INET, SOCK_RAW, SOCK_NONBLOCK, IPPROTO_ICMP] = [2, 3, 0o4000, 1];
    const [SOL_RAW, ICMP_FILTER, NOTHING] = [255, 1, -1];
    this.#log = log;
    this.#fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_ICMP);
    // A raw socket is given every ICMP message that arrives, and nobody would read them.
    setsockopt(this.#fd, SOL_RAW, ICMP_FILTER, NOTHING, "ICMP_FILTER");
  }

  close(): void {
    close(this.#fd);
  }

  /** Answers the sender of a packet that was dropped with `code`, when that is for lack of room and it is a host of `lans`. */
  answer(
    code: number,
    lans: readonly Prefix[],
    view: DataView,
    packet: number,
    available: number,
    now: number,
  ): void {
    if (!isForLackOfRoom(code) || !this.#isAllowed(now)) return;
    const host = sourceAddress(view, packet);
    const lan = lans.find((prefix) => contains(prefix, host));
    if (lan === undefined) return;
    const length = writeRefusal(view, packet, available, this.#view);
    if (length === 0) return;
    try {
      this.#send(lan.address, host, length);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#log.limited("refusal", `could not tell a device why its packet was dropped: ${error.message}`);
    }
  }

  #isAllowed(now: number): boolean {
    this.#allowance = Math.min(RATE, this.#allowance + ((now - this.#refilled) * RATE) / 1000);
    this.#refilled = now;
    if (this.#allowance < 1) return false;
    this.#allowance--;
    return true;
  }

  #send(from: IPv4, to: IPv4, length: number): void {
    if (from !== this.#bound) bind(this.#fd, socketAddress(from));
    this.#bound = from;
    sendTo(this.#fd, this.#message.subarray(0, length), socketAddress(to));
  }
}

/** struct sockaddr_in without a port */
function socketAddress(address: IPv4): Uint8Array {
  const AF_INET = 2;
  const bytes = new Uint8Array(16);
  bytes[0] = AF_INET;
  new DataView(bytes.buffer).setUint32(4, address);
  return bytes;
}

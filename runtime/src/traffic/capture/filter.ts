import type { IPv4 } from "../../addr/ipv4.ts";
import { type Direction, INBOUND, type Instant, OUTBOUND } from "../../wire/capture/frame.ts";
import { ETHERNET_HEADER, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from "../../wire/ethernet.ts";
import {
  destinationAddress,
  fragmentOffset,
  headerLength,
  protocol,
  sourceAddress,
} from "../../wire/ipv4.ts";
import { destinationPort, sourcePort } from "../../wire/udp.ts";
import { hasPorts, IPV6_DESTINATION, IPV6_SOURCE, isAddress, isWholeIPv6, portsOfIPv6 } from "./ipv6.ts";

const VLAN = 0x8100;
const SERVICE_VLAN = 0x88a8;
const VLAN_TAG = 4;
const PORTS = 4;

/** Which frames are wanted: those that agree with all that is given. */
export interface FrameSelection {
  /** The device's MAC address as a number of 48 bits. */
  readonly device?: number;
  /** Not before this moment. */
  readonly from?: Instant;
  /** Before this moment. */
  readonly until?: Instant;
  /** The far end's address: IPv4, or the 16 bytes of an IPv6 address. Where a frame's direction is unknown, either end's. */
  readonly remote?: IPv4 | Uint8Array;
  /** A TCP, UDP or SCTP port of either end. Fragments after the first have none. */
  readonly port?: number;
}

/** Decides on frames by their first bytes, through VLAN tags (IEEE 802.1Q) and IPv6's extension headers; makes no object. */
export class FrameFilter {
  readonly device: number | undefined;
  readonly #from: Instant;
  readonly #until: Instant;
  readonly #remote: IPv4 | DataView | undefined;
  readonly #port: number;
  readonly #looksInside: boolean;

  constructor({ device, from, until, remote, port }: FrameSelection) {
    this.device = device;
    this.#from = from ?? { seconds: 0, nanoseconds: 0 };
    this.#until = until ?? { seconds: Number.POSITIVE_INFINITY, nanoseconds: 0 };
    this.#remote =
      remote instanceof Uint8Array
        ? new DataView(remote.buffer, remote.byteOffset, remote.byteLength)
        : remote;
    this.#port = port ?? -1;
    this.#looksInside = remote !== undefined || port !== undefined;
  }

  /** Whether the frame of `length` captured bytes at `frame` is wanted; the device is the caller's to compare. */
  matches(
    view: DataView,
    frame: number,
    length: number,
    direction: Direction,
    seconds: number,
    nanoseconds: number,
  ): boolean {
    if (isEarlier(seconds, nanoseconds, this.#from.seconds, this.#from.nanoseconds)) return false;
    if (!isEarlier(seconds, nanoseconds, this.#until.seconds, this.#until.nanoseconds)) return false;
    return !this.#looksInside || this.#matchesPacket(view, frame, frame + length, direction);
  }

  #matchesPacket(view: DataView, frame: number, end: number, direction: Direction): boolean {
    let packet = frame + ETHERNET_HEADER;
    if (packet > end) return false;
    let type = view.getUint16(packet - 2);
    while ((type === VLAN || type === SERVICE_VLAN) && packet + VLAN_TAG <= end) {
      packet += VLAN_TAG;
      type = view.getUint16(packet - 2);
    }
    if (type === ETHERTYPE_IPV4) return this.#matchesIPv4(view, packet, end, direction);
    return type === ETHERTYPE_IPV6 && this.#matchesIPv6(view, packet, end, direction);
  }

  #matchesIPv4(view: DataView, packet: number, end: number, direction: Direction): boolean {
    const header = headerLength(view, packet, end - packet);
    if (header < 0) return false;
    const remote = this.#remote;
    if (remote !== undefined) {
      const isSource = direction !== INBOUND && sourceAddress(view, packet) === remote;
      const isDestination = direction !== OUTBOUND && destinationAddress(view, packet) === remote;
      if (!isSource && !isDestination) return false;
    }
    if (this.#port < 0) return true;
    return (
      fragmentOffset(view, packet) === 0 &&
      hasPorts(protocol(view, packet)) &&
      this.#matchesPorts(view, packet + header, end)
    );
  }

  #matchesIPv6(view: DataView, packet: number, end: number, direction: Direction): boolean {
    if (!isWholeIPv6(view, packet, end)) return false;
    const remote = this.#remote;
    if (typeof remote === "number") return false;
    if (remote !== undefined) {
      const isSource = direction !== INBOUND && isAddress(view, packet + IPV6_SOURCE, remote);
      const isDestination = direction !== OUTBOUND && isAddress(view, packet + IPV6_DESTINATION, remote);
      if (!isSource && !isDestination) return false;
    }
    if (this.#port < 0) return true;
    const ports = portsOfIPv6(view, packet, end);
    return ports >= 0 && this.#matchesPorts(view, ports, end);
  }

  #matchesPorts(view: DataView, transport: number, end: number): boolean {
    if (transport + PORTS > end) return false;
    return sourcePort(view, transport) === this.#port || destinationPort(view, transport) === this.#port;
  }
}

/** Whether the first moment is before the second. */
export function isEarlier(
  seconds: number,
  nanoseconds: number,
  thanSeconds: number,
  thanNanoseconds: number,
): boolean {
  return seconds < thanSeconds || (seconds === thanSeconds && nanoseconds < thanNanoseconds);
}

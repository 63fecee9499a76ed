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
import type { PairTest } from "../history/pair-table.ts";
import {
  hasPorts,
  IPV6_DESTINATION,
  IPV6_SOURCE,
  isAddress,
  isWholeIPv6,
  portsOfIPv6,
  protocolOfIPv6,
} from "./ipv6.ts";

const VLAN = 0x8100;
const SERVICE_VLAN = 0x88a8;
const VLAN_TAG = 4;
const PORTS = 4;
/** The third word of an IPv4 address as four words (`addr/ipv6.ts`). */
const MAPPED = 0xffff;

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
  /** Whether the device, a MAC address as a number of 48 bits, and the far end are wanted. */
  readonly accepts?: PairTest;
  /** IP protocol number. */
  readonly protocol?: number;
  /** A TCP, UDP or SCTP port of either end. Fragments after the first have none. */
  readonly port?: number;
}

/** Decides on frames by their first bytes, through VLAN tags (IEEE 802.1Q) and IPv6's extension headers; makes no object. */
export class FrameFilter {
  readonly device: number | undefined;
  readonly #from: Instant;
  readonly #until: Instant;
  readonly #remote: IPv4 | DataView | undefined;
  readonly #accepts: PairTest | undefined;
  readonly #protocol: number;
  readonly #port: number;
  readonly #looksInside: boolean;
  /** The frame's device, and an address of it. */
  #owner = 0;
  readonly #words = new Uint32Array(4);

  constructor({ device, from, until, remote, accepts, protocol, port }: FrameSelection) {
    this.device = device;
    this.#from = from ?? { seconds: 0, nanoseconds: 0 };
    this.#until = until ?? { seconds: Number.POSITIVE_INFINITY, nanoseconds: 0 };
    this.#remote =
      remote instanceof Uint8Array
        ? new DataView(remote.buffer, remote.byteOffset, remote.byteLength)
        : remote;
    this.#accepts = accepts;
    this.#protocol = protocol ?? -1;
    this.#port = port ?? -1;
    this.#looksInside = [remote, accepts, protocol, port].some((wanted) => wanted !== undefined);
  }

  /** Whether the frame of `length` captured bytes at `frame` is wanted; that `owner` is the wanted device is the caller's to compare. */
  matches(
    view: DataView,
    frame: number,
    length: number,
    owner: number,
    direction: Direction,
    seconds: number,
    nanoseconds: number,
  ): boolean {
    if (isEarlier(seconds, nanoseconds, this.#from.seconds, this.#from.nanoseconds)) return false;
    if (!isEarlier(seconds, nanoseconds, this.#until.seconds, this.#until.nanoseconds)) return false;
    this.#owner = owner;
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
    const isSource = direction !== INBOUND && this.#isWantedIPv4(sourceAddress(view, packet));
    const isFarEnd =
      isSource || (direction !== OUTBOUND && this.#isWantedIPv4(destinationAddress(view, packet)));
    if (!isFarEnd || !this.#isWantedProtocol(protocol(view, packet))) return false;
    if (this.#port < 0) return true;
    return (
      fragmentOffset(view, packet) === 0 &&
      hasPorts(protocol(view, packet)) &&
      this.#matchesPorts(view, packet + header, end)
    );
  }

  #isWantedIPv4(address: IPv4): boolean {
    if (this.#remote !== undefined && this.#remote !== address) return false;
    if (this.#accepts === undefined) return true;
    const words = this.#words;
    words[0] = words[1] = 0;
    words[2] = MAPPED;
    words[3] = address;
    return this.#accepts(this.#owner, words);
  }

  #matchesIPv6(view: DataView, packet: number, end: number, direction: Direction): boolean {
    if (!isWholeIPv6(view, packet, end)) return false;
    const isSource = direction !== INBOUND && this.#isWantedIPv6(view, packet + IPV6_SOURCE);
    const isFarEnd =
      isSource || (direction !== OUTBOUND && this.#isWantedIPv6(view, packet + IPV6_DESTINATION));
    if (!isFarEnd || !this.#isWantedProtocol(protocolOfIPv6(view, packet, end))) return false;
    if (this.#port < 0) return true;
    const ports = portsOfIPv6(view, packet, end);
    return ports >= 0 && this.#matchesPorts(view, ports, end);
  }

  #isWantedIPv6(view: DataView, at: number): boolean {
    const remote = this.#remote;
    if (typeof remote === "number" || (remote !== undefined && !isAddress(view, at, remote))) return false;
    if (this.#accepts === undefined) return true;
    for (let word = 0; word < 4; word++) this.#words[word] = view.getUint32(at + 4 * word);
    return this.#accepts(this.#owner, this.#words);
  }

  #isWantedProtocol(carried: number): boolean {
    return this.#protocol < 0 || this.#protocol === carried;
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

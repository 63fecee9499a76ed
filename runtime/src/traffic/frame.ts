import { contains, type Prefix } from "../addr/prefix.ts";
import {
  DESTINATION,
  ETHERNET_HEADER,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_VLAN,
  ETHERTYPE_VLAN_OUTER,
  etherType,
  isGroupAddress,
  SOURCE,
  VLAN_TAG,
} from "../wire/ethernet.ts";
import {
  destinationAddress,
  fragmentOffset,
  headerLength,
  PROTOCOL_TCP,
  protocol,
  sourceAddress,
} from "../wire/ipv4.ts";
import { flags, MIN_TCP_HEADER } from "../wire/tcp.ts";
import { destinationPort, sourcePort } from "../wire/udp.ts";
import { deviceAt } from "./capture/device-index.ts";
import {
  extensionLength,
  FRAGMENT,
  hasPorts,
  IPV6_DESTINATION,
  IPV6_HEADER,
  IPV6_SOURCE,
  isWholeIPv6,
  MAX_EXTENSIONS,
} from "./capture/ipv6.ts";
import { emptyPacket, NO_DEVICE } from "./feed/records.ts";

const MULTICAST = 0xe0000000;
const PORTS = 4;
/** A tag and one around it (IEEE 802.1ad). */
const MAX_TAGS = 2;

/** One frame as a tap on the home's bridge sees it. */
export interface TappedFrame {
  readonly view: DataView;
  /** Where the Ethernet header starts. */
  readonly offset: number;
  readonly capturedLength: number;
  /** Since the Unix epoch. */
  readonly seconds: number;
  readonly nanoseconds: number;
  /** Packets on the wire that a super-packet (GRO, TSO) stands for, at least 1. */
  readonly segments: number;
  /** Bytes of all these packets' frames, without their checksums. */
  readonly wireLength: number;
  /** Sent by the router, to a device. */
  readonly outgoing: boolean;
}

/** What a tapped frame says, with and without 802.1Q tags. Reading the next one fills it anew and makes no object. */
export class Sighting {
  /** The device that sent the frame or that it is for; NO_DEVICE for a group's frames from the router. */
  device = NO_DEVICE;
  /** Where the device's address is. */
  deviceAt = 0;
  /** Where the IP header starts, which is whole; -1 in other frames. */
  ip = -1;
  isIPv4 = false;
  /** Whether the packet comes from or goes to an address outside the home. `packet` is of such packets only. */
  crossesBorder = false;
  readonly packet = emptyPacket();

  /** Reads a frame in a home with the IPv4 networks `home`. IPv6 stays in the home where both addresses share 64 bits. */
  read(frame: TappedFrame, home: readonly Prefix[]): void {
    const { view, offset, capturedLength, outgoing } = frame;
    this.device = NO_DEVICE;
    this.ip = -1;
    this.crossesBorder = false;
    if (capturedLength < ETHERNET_HEADER) return;
    this.deviceAt = offset + (outgoing ? DESTINATION : SOURCE);
    if (!isGroupAddress(view, this.deviceAt)) this.device = deviceAt(view, this.deviceAt);
    const end = offset + capturedLength;
    let type = etherType(view, offset);
    let ip = offset + ETHERNET_HEADER;
    for (let tags = 0; tags < MAX_TAGS && isTag(type) && ip + VLAN_TAG <= end; tags++) {
      type = view.getUint16(ip + VLAN_TAG - 2);
      ip += VLAN_TAG;
    }
    if (type === ETHERTYPE_IPV4) this.#readIPv4(frame, ip, end, home);
    else if (type === ETHERTYPE_IPV6) this.#readIPv6(frame, ip, end);
  }

  #readIPv4(frame: TappedFrame, ip: number, end: number, home: readonly Prefix[]): void {
    const { view, outgoing } = frame;
    const header = headerLength(view, ip, end - ip);
    if (header < 0) return;
    this.ip = ip;
    this.isIPv4 = true;
    const remote = outgoing ? sourceAddress(view, ip) : destinationAddress(view, ip);
    if (this.device === NO_DEVICE || remote >= MULTICAST) return;
    for (const prefix of home) if (contains(prefix, remote)) return;
    this.#begin(frame);
    const words = this.packet.remote;
    words[0] = 0;
    words[1] = 0;
    words[2] = 0xffff;
    words[3] = remote;
    this.#readTransport(view, protocol(view, ip), fragmentOffset(view, ip) === 0 ? ip + header : end, end);
  }

  #readIPv6(frame: TappedFrame, ip: number, end: number): void {
    const { view, outgoing } = frame;
    if (!isWholeIPv6(view, ip, end)) return;
    this.ip = ip;
    this.isIPv4 = false;
    const remote = ip + (outgoing ? IPV6_SOURCE : IPV6_DESTINATION);
    const local = ip + (outgoing ? IPV6_DESTINATION : IPV6_SOURCE);
    // Global unicast, 2000::/3 (RFC 4291 section 2.4).
    if (this.device === NO_DEVICE || view.getUint8(remote) >>> 5 !== 1) return;
    if (
      view.getInt32(remote) === view.getInt32(local) &&
      view.getInt32(remote + 4) === view.getInt32(local + 4)
    )
      return;
    this.#begin(frame);
    for (let word = 0; word < 4; word++) this.packet.remote[word] = view.getUint32(remote + 4 * word);
    this.#passExtensions(view, ip, end);
  }

  #begin({ seconds, nanoseconds, outgoing, wireLength, segments }: TappedFrame): void {
    const { packet } = this;
    this.crossesBorder = true;
    packet.seconds = seconds;
    packet.nanoseconds = nanoseconds;
    packet.device = this.device;
    packet.up = !outgoing;
    packet.length = wireLength;
    packet.segments = segments;
  }

  #passExtensions(view: DataView, ip: number, end: number): void {
    let next = view.getUint8(ip + 6);
    let at = ip + IPV6_HEADER;
    for (let i = 0; i <= MAX_EXTENSIONS && at + 8 <= end; i++) {
      const length = extensionLength(next, view, at);
      if (length < 0) break;
      next = view.getUint8(at);
      at += length;
    }
    // A later fragment, whose header alone says what it is a part of.
    if (next === FRAGMENT && at + 8 <= end) this.#readTransport(view, view.getUint8(at), end, end);
    else this.#readTransport(view, next, at, end);
  }

  /** Reads what is there of the transport header at `at`, which is `end` where there is none. */
  #readTransport(view: DataView, carried: number, at: number, end: number): void {
    const { packet } = this;
    const isThere = hasPorts(carried) && at + PORTS <= end;
    const source = isThere ? sourcePort(view, at) : 0;
    const destination = isThere ? destinationPort(view, at) : 0;
    packet.protocol = carried;
    packet.localPort = packet.up ? source : destination;
    packet.remotePort = packet.up ? destination : source;
    packet.flags = carried === PROTOCOL_TCP && at + MIN_TCP_HEADER <= end ? flags(view, at) : 0;
  }
}

function isTag(type: number): boolean {
  return type === ETHERTYPE_VLAN || type === ETHERTYPE_VLAN_OUTER;
}

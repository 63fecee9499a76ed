import { contains, type Prefix } from "../addr/prefix.ts";
import {
  DESTINATION,
  ETHERNET_HEADER,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  etherType,
  isGroupAddress,
  SOURCE,
} from "../wire/ethernet.ts";
import { destinationAddress, headerLength, PROTOCOL_TCP, protocol, sourceAddress } from "../wire/ipv4.ts";
import { dataOffset, MIN_TCP_HEADER } from "../wire/tcp.ts";
import { UDP_HEADER } from "../wire/udp.ts";
import type { DeviceCounters } from "./device-counters.ts";

const IPV6_HEADER = 40;
const IPV6_SOURCE = 8;
const IPV6_DESTINATION = 24;
const MULTICAST = 0xe0000000;

/** One frame as a tap on the home's bridge sees it. */
export interface TappedFrame {
  readonly view: DataView;
  /** Where the Ethernet header starts. */
  readonly offset: number;
  readonly capturedLength: number;
  readonly originalLength: number;
  /** Packets on the wire that a super-packet (GRO, TSO) stands for, at least 1. */
  readonly segments: number;
  /** Sent by the router, to a device. */
  readonly outgoing: boolean;
}

/** Adds a frame to its device's sums, if it crosses the home's border; frames that stay in the home are not counted. */
export function countFrame(counters: DeviceCounters, home: readonly Prefix[], frame: TappedFrame): void {
  const { view, offset, outgoing } = frame;
  if (frame.capturedLength < ETHERNET_HEADER) return;
  const device = offset + (outgoing ? DESTINATION : SOURCE);
  if (isGroupAddress(view, device) || !crossesBorder(home, frame)) return;
  counters.add(view, device, !outgoing, wireLength(frame), frame.segments);
}

function crossesBorder(home: readonly Prefix[], frame: TappedFrame): boolean {
  const { view, offset, outgoing, capturedLength } = frame;
  const packet = offset + ETHERNET_HEADER;
  const type = etherType(view, offset);
  if (type === ETHERTYPE_IPV6) {
    // Global unicast, 2000::/3 (RFC 4291 section 2.4).
    const remote = packet + (outgoing ? IPV6_SOURCE : IPV6_DESTINATION);
    return capturedLength >= ETHERNET_HEADER + IPV6_HEADER && view.getUint8(remote) >>> 5 === 1;
  }
  if (type !== ETHERTYPE_IPV4 || headerLength(view, packet, capturedLength - ETHERNET_HEADER) < 0)
    return false;
  const remote = outgoing ? sourceAddress(view, packet) : destinationAddress(view, packet);
  if (remote >= MULTICAST) return false;
  for (const prefix of home) if (contains(prefix, remote)) return false;
  return true;
}

/** Bytes of all Ethernet frames, without their checksums, that a frame with a whole IP header stands for. */
export function wireLength(frame: TappedFrame): number {
  const { originalLength, segments } = frame;
  return segments === 1 ? originalLength : originalLength + (segments - 1) * headersOf(frame);
}

/** Bytes that each further segment of a super-packet repeats: its Ethernet, IP and transport headers. */
function headersOf({ view, offset, capturedLength }: TappedFrame): number {
  const packet = offset + ETHERNET_HEADER;
  const isIPv4 = etherType(view, offset) === ETHERTYPE_IPV4;
  const ip = isIPv4 ? headerLength(view, packet, capturedLength - ETHERNET_HEADER) : IPV6_HEADER;
  const carried = isIPv4 ? protocol(view, packet) : view.getUint8(packet + 6);
  if (carried !== PROTOCOL_TCP) return ETHERNET_HEADER + ip + UDP_HEADER;
  const isWhole = capturedLength >= ETHERNET_HEADER + ip + MIN_TCP_HEADER;
  return (
    ETHERNET_HEADER +
    ip +
    (isWhole ? Math.max(dataOffset(view, packet + ip), MIN_TCP_HEADER) : MIN_TCP_HEADER)
  );
}

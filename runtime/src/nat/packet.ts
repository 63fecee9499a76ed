import type { Prefix } from "../addr/prefix.ts";
import { contains } from "../addr/prefix.ts";
import { ICMP_HEADER, type as icmpType, identifier, isQuery, isQueryReply } from "../wire/icmp.ts";
import {
  destinationAddress,
  fragmentOffset,
  headerLength,
  protocol,
  sourceAddress,
  totalLength,
} from "../wire/ipv4.ts";
import { dataOffset, flags, MIN_TCP_HEADER } from "../wire/tcp.ts";
import { destinationPort, sourcePort, UDP_HEADER } from "../wire/udp.ts";
import { MALFORMED, SOURCE_NOT_LOCAL, UNSUPPORTED_PROTOCOL } from "./drops.ts";
import type { Nat } from "./nat.ts";
import type { Direction } from "./session-state.ts";
import { ICMP_QUERY, isAssociated, TCP, type Transport, transportOf } from "./transport.ts";

/**
 * Decides over a packet on its way out, of which the first `available` bytes from the IP header on are at `packet`:
 * 0 when it has a binding, else a drop code (counted). Call `nat.settle` before letting it go on.
 */
export function admit(
  nat: Nat,
  lans: readonly Prefix[],
  view: DataView,
  packet: number,
  available: number,
  now: number,
): number {
  const result = bind(nat, lans, view, packet, available, now);
  if (result >= 0) return 0;
  nat.drops.count(result);
  return result;
}

function bind(
  nat: Nat,
  lans: readonly Prefix[],
  view: DataView,
  packet: number,
  available: number,
  now: number,
): number {
  const header = headerLength(view, packet, available);
  if (header < 0 || totalLength(view, packet) < header) return MALFORMED;
  const source = sourceAddress(view, packet);
  if (!isWithin(lans, source)) return SOURCE_NOT_LOCAL;
  // With an external address of its own a host may send whatever it likes, answers to pings among it.
  if (nat.translations.mappedExternal(source) !== undefined) return 0;
  // Defragmentation comes before this hook, so a later fragment here belongs to nothing.
  if (fragmentOffset(view, packet) !== 0) return MALFORMED;
  const remote = destinationAddress(view, packet);
  const carried = protocol(view, packet);
  const transport = transportOf(carried);
  if (transport === -1)
    return isAssociated(carried) ? nat.associate(carried, source, remote, now) : UNSUPPORTED_PROTOCOL;
  const payload = packet + header;
  if (available - header < transportHeader(transport)) return MALFORMED;
  if (transport === TCP && dataOffset(view, payload) < 0) return MALFORMED;
  if (transport !== ICMP_QUERY) {
    const from = sourcePort(view, payload);
    return nat.outbound(transport, source, from, remote, destinationPort(view, payload), now);
  }
  if (!isQuery(icmpType(view, payload))) return UNSUPPORTED_PROTOCOL;
  return nat.outbound(ICMP_QUERY, source, identifier(view, payload), 0, 0, now);
}

/**
 * Notes a packet seen on the home's side, where it carries internal addresses: from the host when `direction` is
 * outbound. `bytes` is its length on the wire, of all segments. Anything that is no whole packet of a known transport is
 * passed over.
 */
export function observe(
  nat: Nat,
  view: DataView,
  packet: number,
  available: number,
  direction: Direction,
  bytes: number,
  now: number,
): void {
  const header = headerLength(view, packet, available);
  if (header < 0 || fragmentOffset(view, packet) !== 0) return;
  const carried = protocol(view, packet);
  const transport = transportOf(carried);
  const out = direction === "outbound";
  const source = sourceAddress(view, packet);
  const destination = destinationAddress(view, packet);
  const host = out ? source : destination;
  const remote = out ? destination : source;
  if (transport === -1) {
    if (isAssociated(carried)) nat.touchAssociation(carried, host, remote, now);
    return;
  }
  if (available - header < transportHeader(transport)) return;
  const payload = packet + header;
  if (transport === ICMP_QUERY) {
    const kind = icmpType(view, payload);
    if (out ? isQuery(kind) : isQueryReply(kind))
      nat.touch(ICMP_QUERY, host, identifier(view, payload), remote, 0, direction, 0, bytes, now);
    return;
  }
  const from = sourcePort(view, payload);
  const to = destinationPort(view, payload);
  const control = transport === TCP ? flags(view, payload) : 0;
  nat.touch(transport, host, out ? from : to, remote, out ? to : from, direction, control, bytes, now);
}

function transportHeader(transport: Transport): number {
  return transport === TCP ? MIN_TCP_HEADER : transport === ICMP_QUERY ? ICMP_HEADER : UDP_HEADER;
}

function isWithin(lans: readonly Prefix[], address: number): boolean {
  for (const lan of lans) if (contains(lan, address)) return true;
  return false;
}

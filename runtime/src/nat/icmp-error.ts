import type { IPv4 } from "../addr/ipv4.ts";
import { checksum, sum } from "../wire/checksum.ts";
import { ICMP_HEADER, isChecksumRight, isError, type } from "../wire/icmp.ts";
import {
  DESTINATION_ADDRESS,
  destinationAddress,
  fragmentOffset,
  headerLength,
  protocol,
  SOURCE_ADDRESS,
  setAddress,
  sourceAddress,
  totalLength,
} from "../wire/ipv4.ts";
import { DESTINATION_PORT, SOURCE_PORT } from "../wire/udp.ts";
import { ERROR_WITHOUT_BINDING, MALFORMED } from "./drops.ts";
import type { Nat } from "./nat.ts";
import {
  numberAt,
  numberOffset,
  QUOTED_PAYLOAD,
  quotesQuery,
  quotesReply,
  rewriteEndpoint,
} from "./quoted-packet.ts";
import type { Translations } from "./translations.ts";
import { ICMP_QUERY, transportOf } from "./transport.ts";

/** The error is not about anything translated: let it through as it is. */
export const UNTOUCHED = 0;
/** The error was rewritten in place; its length is the same. */
export const REWRITTEN = 1;

/** The quoted packet is translated by its address; the number, if it has one, is the same on both sides. */
const SAME_NUMBER = -1;
const UNKNOWN = -2;

const endpoint = { address: 0, port: 0 };

/**
 * Rewrites an ICMP error addressed to `external`, or to an address of a 1:1 mapped host, so that the host it is for
 * understands it (RFC 5508 REQ-4): the quoted packet's source and the outer destination become the internal endpoint. Quoting
 * nothing translated, it is the router's own. Returns UNTOUCHED, REWRITTEN or a drop code. Bindings are neither refreshed
 * nor ended (REQ-6).
 */
export function translateInboundError(
  nat: Nat,
  external: IPv4,
  view: DataView,
  packet: number,
  length: number,
): number {
  const quote = quoteOf(view, packet, length);
  if (quote < 0) return quote;
  const number = findInternal(nat.translations, external, view, quote);
  if (number === UNKNOWN) return UNTOUCHED;
  rewriteEndpoint(view, packet, quote, "source", endpoint.address, number);
  setAddress(view, packet, DESTINATION_ADDRESS, endpoint.address);
  return REWRITTEN;
}

/**
 * Rewrites an ICMP error that leaves from a host of the home, or from `external` when the router itself speaks, about
 * a packet that had come in (RFC 5508 REQ-5): the quoted destination becomes the external endpoint, and the outer source the
 * sender's external address where it has one of its own (basic NAT), else `external`. One that quotes nothing translated is dropped,
 * unless the router speaks of what was for itself. A hairpinned error passes both functions, this one last (REQ-7).
 */
export function translateOutboundError(
  nat: Nat,
  external: IPv4,
  view: DataView,
  packet: number,
  length: number,
): number {
  const quote = quoteOf(view, packet, length);
  if (quote < 0) return quote;
  const sender = sourceAddress(view, packet);
  const host = destinationAddress(view, quote);
  const number = findExternal(nat.translations, view, quote);
  if (number === UNKNOWN) return sender === external && host === external ? UNTOUCHED : ERROR_WITHOUT_BINDING;
  const mapped = nat.translations.mappedExternal(host);
  rewriteEndpoint(view, packet, quote, "destination", mapped ?? external, number);
  setAddress(view, packet, SOURCE_ADDRESS, nat.translations.mappedExternal(sender) ?? external);
  return REWRITTEN;
}

/** Writes whose packet is quoted into `endpoint`; returns its number, SAME_NUMBER, or UNKNOWN. */
function findInternal(translations: Translations, external: IPv4, view: DataView, quote: number): number {
  const source = sourceAddress(view, quote);
  const mapped = translations.mappedInternal(source);
  if (mapped !== undefined) {
    endpoint.address = mapped;
    return SAME_NUMBER;
  }
  if (source !== external) return UNKNOWN;
  const remote = destinationAddress(view, quote);
  const transport = transportOf(protocol(view, quote));
  if (transport === -1) {
    const host = translations.associatedHost(protocol(view, quote), remote);
    endpoint.address = host ?? 0;
    return host === undefined ? UNKNOWN : SAME_NUMBER;
  }
  if (fragmentOffset(view, quote) !== 0) return UNKNOWN;
  if (transport === ICMP_QUERY && !quotesQuery(view, quote)) return UNKNOWN;
  const number = numberAt(view, quote, numberOffset(transport, SOURCE_PORT));
  if (translations.internalEndpointOf(transport, number, endpoint)) return endpoint.port;
  if (transport === ICMP_QUERY) return UNKNOWN;
  const remotePort = numberAt(view, quote, DESTINATION_PORT);
  return translations.overloadEndpointOf(transport, number, remote, remotePort, endpoint)
    ? endpoint.port
    : UNKNOWN;
}

/** The external number of the quoted packet's destination, SAME_NUMBER, or UNKNOWN. */
function findExternal(translations: Translations, view: DataView, quote: number): number {
  const host = destinationAddress(view, quote);
  if (translations.mappedExternal(host) !== undefined) return SAME_NUMBER;
  const remote = sourceAddress(view, quote);
  const unbound = translations.isDmz(host) ? SAME_NUMBER : UNKNOWN;
  const transport = transportOf(protocol(view, quote));
  if (transport === -1)
    return translations.associatedHost(protocol(view, quote), remote) === host ? SAME_NUMBER : unbound;
  if (fragmentOffset(view, quote) !== 0) return UNKNOWN;
  if (transport === ICMP_QUERY && !quotesReply(view, quote)) return unbound;
  const number = numberAt(view, quote, numberOffset(transport, DESTINATION_PORT));
  const bound = translations.externalPortOf(transport, host, number);
  if (bound >= 0) return bound;
  if (transport === ICMP_QUERY) return unbound;
  const overloaded = translations.overloadPortOf(
    transport,
    host,
    number,
    remote,
    numberAt(view, quote, SOURCE_PORT),
  );
  return overloaded >= 0 ? overloaded : unbound;
}

/**
 * Where the quoted packet starts, or MALFORMED: not an error, too short, or a wrong checksum of the message or of the quoted
 * header (REQ-3, 3a). Quoted IP options are passed over (REQ-3b); the quoted transport checksum is not looked at (REQ-3c).
 */
function quoteOf(view: DataView, packet: number, length: number): number {
  const header = headerLength(view, packet, length);
  if (header < 0 || fragmentOffset(view, packet) !== 0) return MALFORMED;
  const messageLength = totalLength(view, packet) - header;
  if (messageLength < ICMP_HEADER || header + messageLength > length) return MALFORMED;
  const message = packet + header;
  if (!isError(type(view, message)) || !isChecksumRight(view, message, messageLength)) return MALFORMED;
  const quote = message + ICMP_HEADER;
  const inner = headerLength(view, quote, messageLength - ICMP_HEADER);
  if (inner < 0 || checksum(sum(view, quote, inner)) !== 0) return MALFORMED;
  const payload = Math.min(messageLength - ICMP_HEADER, totalLength(view, quote)) - inner;
  const hasNumber = transportOf(protocol(view, quote)) !== -1 && fragmentOffset(view, quote) === 0;
  return hasNumber && payload < QUOTED_PAYLOAD ? MALFORMED : quote;
}

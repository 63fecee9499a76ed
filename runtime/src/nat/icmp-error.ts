import type { IPv4 } from "../addr/ipv4.ts";
import { ICMP_HEADER, IDENTIFIER, isChecksumRight, isError, setWord, type } from "../wire/icmp.ts";
import {
  DESTINATION_ADDRESS,
  destinationAddress,
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
import { ICMP_QUERY, type Transport, transportOf } from "./transport.ts";

/** The error is not about anything translated: let it through as it is. */
export const UNTOUCHED = 0;
/** The error was rewritten in place; its length is the same. */
export const REWRITTEN = 1;

/** Bytes of the quoted packet's payload that RFC 792 promises. */
const QUOTED_PAYLOAD = 8;

const endpoint = { address: 0, port: 0 };

/**
 * Rewrites an ICMP error addressed to `external` so that the host it is for understands it (RFC 5508 REQ-4): the quoted
 * packet's source and the outer destination become the internal endpoint. Quoting no binding, it is the router's own.
 * Returns UNTOUCHED, REWRITTEN or a drop code. Bindings are neither refreshed nor ended (REQ-6).
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
  const transport = transportOf(protocol(view, quote));
  if (transport === -1 || sourceAddress(view, quote) !== external) return UNTOUCHED;
  const word = numberOffset(transport, SOURCE_PORT);
  const payload = quote + quotedHeader(view, quote);
  if (!nat.internalEndpointOf(transport, view.getUint16(payload + word), endpoint)) return UNTOUCHED;
  setWord(view, messageOf(view, packet), payload + word - messageOf(view, packet), endpoint.port);
  setAddress(view, quote, SOURCE_ADDRESS, endpoint.address);
  setAddress(view, packet, DESTINATION_ADDRESS, endpoint.address);
  return REWRITTEN;
}

/**
 * Rewrites an ICMP error that leaves from `source` (a host of the home, or `external` when the router itself speaks) about
 * a packet that had come in (RFC 5508 REQ-5): the quoted destination becomes the external endpoint and the outer source
 * the external address. A host's error that quotes no binding is dropped.
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
  const unbound = sourceAddress(view, packet) === external ? UNTOUCHED : ERROR_WITHOUT_BINDING;
  const transport = transportOf(protocol(view, quote));
  if (transport === -1) return unbound;
  const word = numberOffset(transport, DESTINATION_PORT);
  const payload = quote + quotedHeader(view, quote);
  const internalPort = view.getUint16(payload + word);
  const externalPort = nat.externalPortOf(transport, destinationAddress(view, quote), internalPort);
  if (externalPort < 0) return unbound;
  setWord(view, messageOf(view, packet), payload + word - messageOf(view, packet), externalPort);
  setAddress(view, quote, DESTINATION_ADDRESS, external);
  setAddress(view, packet, SOURCE_ADDRESS, external);
  return REWRITTEN;
}

/**
 * Where the quoted packet starts, or MALFORMED: not an error, too short, or a wrong checksum (REQ-3a). The quoted
 * transport checksum is not looked at (REQ-3c).
 */
function quoteOf(view: DataView, packet: number, length: number): number {
  const header = headerLength(view, packet, length);
  if (header < 0) return MALFORMED;
  const messageLength = totalLength(view, packet) - header;
  if (messageLength < ICMP_HEADER || header + messageLength > length) return MALFORMED;
  const message = packet + header;
  if (!isError(type(view, message)) || !isChecksumRight(view, message, messageLength)) return MALFORMED;
  const quote = message + ICMP_HEADER;
  const inner = headerLength(view, quote, messageLength - ICMP_HEADER);
  return inner < 0 || messageLength - ICMP_HEADER - inner < QUOTED_PAYLOAD ? MALFORMED : quote;
}

function messageOf(view: DataView, packet: number): number {
  return packet + quotedHeader(view, packet);
}

/** The length of a header already known to be whole. */
function quotedHeader(view: DataView, packet: number): number {
  return (view.getUint8(packet) & 15) * 4;
}

/** Where the translated number stands in the quoted transport header. */
function numberOffset(transport: Transport, port: number): number {
  return transport === ICMP_QUERY ? IDENTIFIER : port;
}

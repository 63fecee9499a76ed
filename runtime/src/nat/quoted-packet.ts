import type { IPv4 } from "../addr/ipv4.ts";
import { updated16, updated32 } from "../wire/checksum.ts";
import { IDENTIFIER, isQuery, isQueryReply, setWord } from "../wire/icmp.ts";
import { DESTINATION_ADDRESS, protocol, SOURCE_ADDRESS, setAddress, totalLength } from "../wire/ipv4.ts";
import { DESTINATION_PORT, SOURCE_PORT } from "../wire/udp.ts";
import { ICMP_QUERY, TCP, type Transport, transportOf, UDP } from "./transport.ts";

/*
 * The packet that an ICMP error quotes, from `quote` on. Its header is known to be whole, and QUOTED_PAYLOAD bytes of its
 * transport unless that has no numbers or it is a later fragment.
 */

/** Bytes of the quoted packet's payload that RFC 792 promises, if it has so many. */
export const QUOTED_PAYLOAD = 8;

const TCP_CHECKSUM = 16;
const UDP_CHECKSUM = 6;
const ICMP_CHECKSUM = 2;

/** Where the translated number stands in the transport header. */
export function numberOffset(transport: Transport, port: number): number {
  return transport === ICMP_QUERY ? IDENTIFIER : port;
}

/** The word at `offset` in the transport header. */
export function numberAt(view: DataView, quote: number, offset: number): number {
  return view.getUint16(quote + ipHeader(view, quote) + offset);
}

/** Whether the quoted ICMP message is one whose identifier is translated on its way out, or in. */
export function quotesQuery(view: DataView, quote: number): boolean {
  return isQuery(view.getUint8(quote + ipHeader(view, quote)));
}

export function quotesReply(view: DataView, quote: number): boolean {
  return isQueryReply(view.getUint8(quote + ipHeader(view, quote)));
}

/**
 * Gives the quoted packet its former source or destination: the address and, unless negative, the number. All checksums of
 * the quote, as far as it goes, and the error's own stay as right as they were.
 */
export function rewriteEndpoint(
  view: DataView,
  packet: number,
  quote: number,
  end: "source" | "destination",
  address: IPv4,
  number: number,
): void {
  const field = end === "source" ? SOURCE_ADDRESS : DESTINATION_ADDRESS;
  const transport = transportOf(protocol(view, quote));
  if (transport !== -1 && (view.getUint16(quote + 6) & 0x1fff) === 0) {
    const offset = numberOffset(transport, end === "source" ? SOURCE_PORT : DESTINATION_PORT);
    const before = numberAt(view, quote, offset);
    const after = number < 0 ? before : number;
    const message = packet + ipHeader(view, packet);
    const payload = quote + ipHeader(view, quote) - message;
    updateChecksum(view, packet, payload, transport, view.getUint32(quote + field), address, before, after);
    setWord(view, message, payload + offset, after);
  }
  setAddress(view, quote, field, address);
}

/**
 * Keeps the quoted transport checksum right, where the quote reaches that far, as the host that sent the packet knows it by
 * that (RFC 5508 section 4.2: the original form). `payload` is an offset in the message.
 */
function updateChecksum(
  view: DataView,
  packet: number,
  payload: number,
  transport: Transport,
  fromAddress: IPv4,
  toAddress: IPv4,
  from: number,
  to: number,
): void {
  const message = packet + ipHeader(view, packet);
  const at = payload + (transport === TCP ? TCP_CHECKSUM : transport === UDP ? UDP_CHECKSUM : ICMP_CHECKSUM);
  if (message + at + 2 > packet + totalLength(view, packet)) return;
  if (transport === ICMP_QUERY && from === to) return;
  const check = view.getUint16(message + at);
  // A UDP checksum of zero means none (RFC 768).
  if (transport === UDP && check === 0) return;
  let updated = updated16(check, from, to);
  // ICMP's checksum covers no addresses.
  if (transport !== ICMP_QUERY) updated = updated32(updated, fromAddress, toAddress);
  if (transport === UDP && updated === 0) updated = 0xffff;
  setWord(view, message, at, updated);
}

function ipHeader(view: DataView, packet: number): number {
  return (view.getUint8(packet) & 15) * 4;
}

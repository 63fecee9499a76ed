import type { IPv4 } from "../addr/ipv4.ts";
import { contains, type Prefix, parsePrefix } from "../addr/prefix.ts";
import type { Answer } from "../wire/dns/emit.ts";
import { type DnsRecord, Type } from "../wire/dns/message.ts";
import { skipName } from "../wire/dns/name.ts";

/**
 * Which addresses a public name may not have, because a web page could otherwise reach into the home under its own
 * name (DNS rebinding): "home": this host, loopback, link-local and the LAN's own prefixes; "private": also all of
 * RFC 1918, RFC 6598 and RFC 4193, which a provider's own services may use; "off": none.
 */
export type RebindingGuard = "home" | "private" | "off";

const prefixes = (...texts: string[]) => texts.map((text) => parsePrefix(text)!);
const HOME = prefixes("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16");
const PRIVATE = prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10");

/** Whether `answer`, which came from outside, has an address that `guard` forbids. */
export function isRebinding(answer: Answer, guard: RebindingGuard, lan: readonly Prefix[]): boolean {
  if (guard === "off") return false;
  const forbidden = [...HOME, ...lan, ...(guard === "private" ? PRIVATE : [])];
  const view = viewOf(answer);
  const isForbidden = (offset: number, length: number) =>
    length === 4 ? isIn(forbidden, view.getUint32(offset)) : isForbidden6(view, offset, guard, forbidden);
  return answer.records.some((record) => {
    const { type, dataOffset, dataLength } = record;
    if (isAddress(record, Type.a) || isAddress(record, Type.aaaa)) return isForbidden(dataOffset, dataLength);
    return (type === Type.svcb || type === Type.https) && hasHint(answer, record, isForbidden);
  });
}

/**
 * Whether a SVCB or HTTPS record hints at an address for which `isForbidden` holds: clients may connect to a hint without
 * asking for the addresses (RFC 9460 §7.3). After a priority and a name the data holds parameters: key, length and value.
 */
function hasHint(
  { bytes }: Answer,
  { dataOffset, dataLength }: DnsRecord,
  isForbidden: (offset: number, length: number) => boolean,
): boolean {
  const IPV4_HINT = 4;
  const IPV6_HINT = 6;
  const end = dataOffset + dataLength;
  let at = skipName(bytes, dataOffset + 2);
  while (at >= 0 && at + 4 <= end) {
    const key = bytes[at]! * 256 + bytes[at + 1]!;
    const next = at + 4 + bytes[at + 2]! * 256 + bytes[at + 3]!;
    const length = key === IPV4_HINT ? 4 : key === IPV6_HINT ? 16 : undefined;
    for (let hint = at + 4; length !== undefined && hint + length <= Math.min(next, end); hint += length) {
      if (isForbidden(hint, length)) return true;
    }
    at = next;
  }
  return false;
}

/** ::, ::1, fe80::/10, fc00::/7 where all private ones are meant, and IPv4 addresses mapped or compatible (RFC 4291). */
function isForbidden6(view: DataView, offset: number, guard: RebindingGuard, forbidden: Prefix[]): boolean {
  const first = view.getUint32(offset);
  const holdsIPv4 = first === 0 && view.getUint32(offset + 4) === 0;
  if (holdsIPv4) {
    const marker = view.getUint32(offset + 8);
    return (marker === 0 || marker === 0xffff) && isIn(forbidden, view.getUint32(offset + 12));
  }
  const isLinkLocal = first >>> 22 === 0xfe80 >>> 6;
  const isUniqueLocal = first >>> 25 === 0xfc >>> 1;
  return isLinkLocal || (guard === "private" && isUniqueLocal);
}

/** Other classes than IN may give these types other data. */
function isAddress({ type, dataLength }: DnsRecord, wanted: number): boolean {
  return type === wanted && dataLength === (wanted === Type.a ? 4 : 16);
}

function isIn(forbidden: readonly Prefix[], address: IPv4): boolean {
  return forbidden.some((prefix) => contains(prefix, address));
}

function viewOf({ bytes }: Answer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

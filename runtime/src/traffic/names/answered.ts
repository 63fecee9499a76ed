import { type DnsMessage, type DnsRecord, Rcode, rcodeOf, Type } from "../../wire/dns/message.ts";
import { nameText, skipName } from "../../wire/dns/name.ts";
import { displayableName } from "./displayable.ts";
import { type Remote, remoteOfIPv6 } from "./remote.ts";

/** The name a device asked for, and the addresses it was told. */
export interface AnsweredName {
  readonly name: string;
  readonly addresses: readonly Remote[];
}

/** Addresses taken from one answer; a home's resolver gives less than a dozen. */
const MAX_ADDRESSES = 64;
/** Keys of address hints in SVCB and HTTPS records (RFC 9460 section 7.3). */
const IPV4_HINT = 4;
const IPV6_HINT = 6;

/**
 * What the response `message` told its asker: every address of its answer section, also those of aliases the name led to and those
 * HTTPS records hint at, belongs to the name asked for. Undefined when it has none.
 */
export function answeredName(message: DnsMessage): AnsweredName | undefined {
  if (message.question === undefined || rcodeOf(message) !== Rcode.noError) return undefined;
  const addresses = message.records
    .filter(({ section }) => section === "answer")
    .flatMap((record) => addressesOf(message.bytes, record))
    .slice(0, MAX_ADDRESSES);
  if (addresses.length === 0) return undefined;
  return { name: displayableName(nameText(message.question.name)), addresses };
}

function addressesOf(bytes: Uint8Array, { type, dataOffset, dataLength }: DnsRecord): Remote[] {
  if (type === Type.a || type === Type.aaaa) return addressesAt(bytes, dataOffset, dataLength, dataLength);
  return type === Type.https || type === Type.svcb ? hintsOf(bytes, dataOffset, dataOffset + dataLength) : [];
}

/** After a priority and a name the record holds parameters: key, length and value. */
function hintsOf(bytes: Uint8Array, record: number, end: number): Remote[] {
  const hints: Remote[] = [];
  let at = skipName(bytes, record + 2);
  while (at >= 0 && at + 4 <= end) {
    const key = uint16(bytes, at);
    const length = uint16(bytes, at + 2);
    if (at + 4 + length > end) break;
    if (key === IPV4_HINT) hints.push(...addressesAt(bytes, at + 4, length, 4));
    if (key === IPV6_HINT) hints.push(...addressesAt(bytes, at + 4, length, 16));
    at += 4 + length;
  }
  return hints;
}

/** The whole addresses of `size` octets, 4 or 16, in the `length` octets at `offset`. */
function addressesAt(bytes: Uint8Array, offset: number, length: number, size: number): Remote[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const addresses: Remote[] = [];
  for (let at = offset; at + size <= offset + length; at += size) {
    addresses.push(size === 4 ? view.getUint32(at) : remoteOfIPv6(view, at));
  }
  return addresses;
}

function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

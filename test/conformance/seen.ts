import { checksum, sum } from "../../runtime/src/wire/checksum.ts";
import {
  addressAt,
  checksumOffset,
  endpoint,
  headerLength,
  ICMP,
  PARAMETER_PROBLEM,
  TCP,
  TIME_EXCEEDED,
  transportSum,
  UDP,
  UNREACHABLE,
  viewOf,
} from "./packet.ts";

/** A packet as it arrived, read. */
export interface Seen {
  bytes: Uint8Array;
  protocol: number;
  ttl: number;
  id: number;
  dontFragment: boolean;
  /** Offset in bytes and whether more follows; undefined for a whole packet. */
  fragment: { offset: number; more: boolean } | undefined;
  source: string;
  destination: string;
  /** "address:port"; the address alone where there is no port (a later fragment, another protocol, an ICMP error). */
  from: string;
  to: string;
  /** TCP: the names of the control bits, "SYN ACK". */
  flags: string;
  /** ICMP: "type/code". */
  icmp: string;
  /** ICMP queries: the identifier. */
  identifier: number | undefined;
  /** ICMP errors: the packet that they are about. */
  quoted: Seen | undefined;
  /** What the packet carries, as text. */
  text: string;
}

export function read(bytes: Uint8Array): Seen {
  const view = viewOf(bytes);
  const header = headerLength(bytes);
  const place = view.getUint16(6);
  const offset = (place & 0x1fff) * 8;
  const more = (place & 0x2000) !== 0;
  const protocol = bytes[9]!;
  const source = addressAt(bytes, 12);
  const destination = addressAt(bytes, 16);
  const hasPorts = offset === 0 && (protocol === UDP || protocol === TCP) && bytes.length >= header + 4;
  const isMessage = offset === 0 && protocol === ICMP && bytes.length >= header + 8;
  const type = isMessage ? bytes[header]! : -1;
  const isError = [UNREACHABLE, TIME_EXCEEDED, PARAMETER_PROBLEM].includes(type);
  const isQuoting = isError && bytes.length >= header + 28;
  return {
    bytes,
    protocol,
    ttl: bytes[8]!,
    id: view.getUint16(4),
    dontFragment: (place & 0x4000) !== 0,
    fragment: offset > 0 || more ? { offset, more } : undefined,
    source,
    destination,
    from: hasPorts ? endpoint(source, view.getUint16(header)) : source,
    to: hasPorts ? endpoint(destination, view.getUint16(header + 2)) : destination,
    flags: protocol === TCP && bytes.length >= header + 14 ? flagNames(bytes[header + 13]!) : "",
    icmp: isMessage ? `${type}/${bytes[header + 1]}` : "",
    identifier: isMessage && !isError ? view.getUint16(header + 4) : undefined,
    quoted: isQuoting ? read(bytes.subarray(header + 8)) : undefined,
    text: new TextDecoder("latin1").decode(bytes.subarray(header)),
  };
}

/** The packet in words, checksum faults included: what a failing test shows. */
export function show(bytes: Uint8Array): string {
  const seen = read(bytes);
  const { protocol, from, to, flags, icmp, identifier, fragment, quoted, ttl, id } = seen;
  const name = { [ICMP]: "icmp", [TCP]: "tcp", [UDP]: "udp" }[protocol] ?? `protocol ${protocol}`;
  return [
    `${name} ${from} > ${to}`,
    ...(flags === "" ? [] : [flags]),
    ...(icmp === "" ? [] : [icmp]),
    ...(identifier === undefined ? [] : [`identifier ${identifier}`]),
    `ttl ${ttl} id ${id}${seen.dontFragment ? " DF" : ""}`,
    ...(fragment === undefined ? [] : [`fragment at ${fragment.offset}${fragment.more ? " and more" : ""}`]),
    ...faults(seen),
    ...(quoted === undefined ? [] : [`about [${show(quoted.bytes)}]`]),
    `${bytes.length} bytes`,
    Buffer.from(bytes).toString("hex"),
  ].join(", ");
}

function faults({ bytes, fragment, protocol }: Seen): string[] {
  const view = viewOf(bytes);
  const found: string[] = [];
  if (checksum(sum(view, 0, headerLength(bytes))) !== 0) found.push("wrong header checksum");
  const at = checksumOffset(bytes);
  const isWhole = view.getUint16(2) === bytes.length && fragment === undefined;
  if (at === undefined || !isWhole || bytes.length < at + 2) return found;
  if (protocol === UDP && view.getUint16(at) === 0) found.push("no checksum");
  else if (checksum(transportSum(bytes)) !== 0) found.push("wrong checksum");
  return found;
}

function flagNames(bits: number): string {
  return ["FIN", "SYN", "RST", "PSH", "ACK"].filter((_, i) => bits & (1 << i)).join(" ");
}

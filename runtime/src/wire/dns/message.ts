import { MAX_NAME_LENGTH, skipName, type WireName } from "./name.ts";

/** Record types that are looked into here; all others are carried unread. */
export const Type = {
  a: 1,
  ns: 2,
  cname: 5,
  soa: 6,
  ptr: 12,
  aaaa: 28,
  opt: 41,
  ds: 43,
  dnskey: 48,
  svcb: 64,
  https: 65,
  tkey: 249,
  tsig: 250,
  ixfr: 251,
  axfr: 252,
  any: 255,
} as const;
export const CLASS_IN = 1;

/** Response codes (RFC 1035 §4.1.1, RFC 6891 §9). */
export const Rcode = {
  noError: 0,
  formErr: 1,
  servFail: 2,
  nxDomain: 3,
  notImp: 4,
  refused: 5,
  badVers: 16,
} as const;

/** Bits of the header's flags word (RFC 1035 §4.1.1, RFC 4035 §3). */
export const Flag = {
  response: 0x8000,
  opcode: 0x7800,
  authoritative: 0x0400,
  truncated: 0x0200,
  recursionDesired: 0x0100,
  recursionAvailable: 0x0080,
  authenticData: 0x0020,
  checkingDisabled: 0x0010,
  rcode: 0x000f,
} as const;

export const HEADER_LENGTH = 12;
/** Offsets of the four counts in the header. */
export const Count = { question: 4, answer: 6, authority: 8, additional: 10 } as const;

export interface DnsQuestion {
  /** As sent, letter case included. */
  name: WireName;
  type: number;
  class: number;
  /** Offset of what follows the question. */
  end: number;
}

export type Section = "answer" | "authority" | "additional";

/** Where a record lies in its message. */
export interface DnsRecord {
  section: Section;
  type: number;
  /** Seconds, 0 to 2^31-1 (RFC 2181 §8). */
  ttl: number;
  /** Offset of the owner's name; the TTL is at dataOffset - 6. */
  offset: number;
  dataOffset: number;
  dataLength: number;
}

/** The OPT record (RFC 6891 §6.1). */
export interface Edns {
  payloadSize: number;
  /** Upper eight bits of the response code. */
  extendedRcode: number;
  version: number;
  dnssecOk: boolean;
}

/** A message whose structure was checked; its bytes stay as they came. */
export interface DnsMessage {
  bytes: Uint8Array;
  id: number;
  flags: number;
  /** Absent only in error responses of servers that leave it out. */
  question?: DnsQuestion;
  /** All but the OPT record. */
  records: DnsRecord[];
  edns?: Edns;
  /** Offset of the OPT record, or of the end of the last record where there is none. */
  end: number;
}

/** Why bytes are no DNS message. */
export type DnsFault =
  | "short"
  | "question"
  | "name"
  | "record past the end"
  | "address length"
  | "misplaced OPT";

/** In the order of the message. */
export const SECTIONS: readonly Section[] = ["answer", "authority", "additional"];

/**
 * Checks the structure of the message `bytes` and finds its records; the fault's name when it is malformed. Never
 * throws, and takes time in proportion to the message's length.
 */
export function parseDns(bytes: Uint8Array): DnsMessage | DnsFault {
  if (bytes.length < HEADER_LENGTH) return "short";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint16(2);
  const question = parseQuestion(view, bytes, flags);
  if (question === "question") return question;
  const message: DnsMessage = {
    bytes,
    id: view.getUint16(0),
    flags,
    records: [],
    end: question?.end ?? HEADER_LENGTH,
    ...(question && { question }),
  };
  return parseRecords(view, message) ?? message;
}

/** Exactly one question; none only in a response (RFC 9619). */
function parseQuestion(
  view: DataView,
  bytes: Uint8Array,
  flags: number,
): DnsQuestion | undefined | "question" {
  const count = view.getUint16(Count.question);
  if (count === 0 && (flags & Flag.response) !== 0) return undefined;
  if (count !== 1) return "question";
  // Nothing stands before it that it could point to.
  let at = HEADER_LENGTH;
  while ((bytes[at] ?? 0) !== 0) {
    if (bytes[at]! > 63) return "question";
    at += 1 + bytes[at]!;
  }
  const nameEnd = at + 1;
  if (nameEnd + 4 > bytes.length || nameEnd - HEADER_LENGTH > MAX_NAME_LENGTH) return "question";
  return {
    name: bytes.subarray(HEADER_LENGTH, nameEnd),
    type: view.getUint16(nameEnd),
    class: view.getUint16(nameEnd + 2),
    end: nameEnd + 4,
  };
}

function parseRecords(view: DataView, message: DnsMessage): DnsFault | undefined {
  let offset = message.end;
  for (const section of SECTIONS) {
    for (let left = view.getUint16(Count[section]); left > 0; left--) {
      const record = parseRecord(view, message.bytes, offset, section);
      if (typeof record === "string") return record;
      if (record.type === Type.opt) {
        if (section !== "additional" || message.edns !== undefined || record.dataOffset - offset !== 11) {
          return "misplaced OPT";
        }
        message.edns = ednsOf(view, offset);
        message.end = offset;
      } else message.records.push(record);
      offset = record.dataOffset + record.dataLength;
    }
  }
  if (message.edns === undefined) message.end = offset;
  return undefined;
}

function parseRecord(
  view: DataView,
  bytes: Uint8Array,
  offset: number,
  section: Section,
): DnsRecord | DnsFault {
  const fixed = skipName(bytes, offset);
  if (fixed < 0) return "name";
  if (fixed + 10 > bytes.length) return "record past the end";
  const type = view.getUint16(fixed);
  const ttl = view.getUint32(fixed + 4);
  const dataLength = view.getUint16(fixed + 8);
  const dataOffset = fixed + 10;
  if (dataOffset + dataLength > bytes.length) return "record past the end";
  if (view.getUint16(fixed + 2) === CLASS_IN) {
    if (type === Type.a && dataLength !== 4) return "address length";
    if (type === Type.aaaa && dataLength !== 16) return "address length";
  }
  return { section, type, ttl: ttl > 0x7fffffff ? 0 : ttl, offset, dataOffset, dataLength };
}

function ednsOf(view: DataView, offset: number): Edns {
  const DNSSEC_OK = 0x8000;
  return {
    payloadSize: view.getUint16(offset + 3),
    extendedRcode: view.getUint8(offset + 5),
    version: view.getUint8(offset + 6),
    dnssecOk: (view.getUint16(offset + 7) & DNSSEC_OK) !== 0,
  };
}

/** The response code with its extension, 0 to 4095. */
export function rcodeOf(message: DnsMessage): number {
  return (message.flags & Flag.rcode) | ((message.edns?.extendedRcode ?? 0) << 4);
}

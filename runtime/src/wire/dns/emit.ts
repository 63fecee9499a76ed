import {
  Count,
  type DnsMessage,
  type DnsQuestion,
  type DnsRecord,
  Flag,
  HEADER_LENGTH,
  SECTIONS,
  Type,
} from "./message.ts";
import { type AuthoredRecord, emitRecords } from "./records.ts";

/** The UDP payload that passes everywhere unfragmented: what is asked for and what is sent at most (RFC 9715). */
export const UDP_PAYLOAD_SIZE = 1232;
/** The largest UDP payload for clients without EDNS (RFC 1035 §4.2.1). */
export const PLAIN_UDP_PAYLOAD_SIZE = 512;

const OPT_LENGTH = 11;

/** An answer as it is kept: the upstream's own bytes, or ours, without what belongs to one hop or one client. */
export interface Answer {
  /** Header, question and records, without the OPT record, which belongs to one hop (RFC 6891 §6.2.6). */
  bytes: Uint8Array;
  /** Offset of the first record. */
  questionEnd: number;
  records: readonly DnsRecord[];
  /** With its extension, 0 to 4095. */
  rcode: number;
  authoritative: boolean;
  dnssecOk: boolean;
}

/** The upstream response `message`, which has a question, as an answer. Records after the OPT record are given up. */
export function answerFrom(message: DnsMessage, rcode: number): Answer {
  const bytes = message.bytes.slice(0, message.end);
  const records = message.records.filter(({ offset }) => offset < message.end);
  const additional = records.filter(({ section }) => section === "additional").length;
  new DataView(bytes.buffer).setUint16(Count.additional, additional);
  const dnssecOk = message.edns?.dnssecOk ?? false;
  return { bytes, questionEnd: message.question!.end, records, rcode, authoritative: false, dnssecOk };
}

/** An answer to `question` made here. Throws DnsNameError when a record's name has no wire format. */
export function authoredAnswer(
  question: DnsQuestion,
  rcode: number,
  answers: readonly AuthoredRecord[] = [],
  authorities: readonly AuthoredRecord[] = [],
): Answer {
  const records = emitRecords([...answers, ...authorities]);
  const bytes = new Uint8Array(question.end + records.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(2, Flag.response);
  view.setUint16(Count.question, 1);
  view.setUint16(Count.answer, answers.length);
  view.setUint16(Count.authority, authorities.length);
  writeQuestion(bytes, question);
  bytes.set(records, question.end);
  const authoritative = answers.length + authorities.length > 0;
  return { bytes, questionEnd: question.end, records: [], rcode, authoritative, dnssecOk: false };
}

/**
 * `answer` for the one who sent `query` (the same question), in at most `maxLength` octets: else without records and
 * marked truncated. No TTL is over `maxTtl` seconds.
 */
export function emitAnswer(
  answer: Answer,
  query: DnsMessage,
  maxLength: number,
  maxTtl?: number,
): Uint8Array {
  const optLength = query.edns === undefined ? 0 : OPT_LENGTH;
  const truncated = answer.bytes.length + optLength > maxLength;
  const kept = truncated ? answer.questionEnd : answer.bytes.length;
  const bytes = new Uint8Array(kept + optLength);
  bytes.set(answer.bytes.subarray(0, kept));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, query.id);
  view.setUint16(2, flagsFor(answer, query, truncated));
  // The client's own spelling of the name; compressed names in the records point to it.
  if (query.question !== undefined) bytes.set(query.question.name, HEADER_LENGTH);
  if (truncated) {
    for (const section of SECTIONS) view.setUint16(Count[section], 0);
  } else if (maxTtl !== undefined) {
    for (const { dataOffset, ttl } of answer.records) view.setUint32(dataOffset - 6, Math.min(ttl, maxTtl));
  }
  if (optLength > 0) {
    view.setUint16(Count.additional, view.getUint16(Count.additional) + 1);
    writeOpt(view, kept, answer.rcode >>> 4, answer.dnssecOk && query.edns!.dnssecOk);
  }
  return bytes;
}

/** A query for `question` to an upstream resolver. `flags`: any of Flag's bits to set besides recursion desired. */
export function emitQuery(
  question: DnsQuestion,
  id: number,
  flags: number,
  edns: { dnssecOk: boolean } | undefined,
): Uint8Array {
  const bytes = new Uint8Array(question.end + (edns === undefined ? 0 : OPT_LENGTH));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, id);
  view.setUint16(2, flags | Flag.recursionDesired);
  view.setUint16(Count.question, 1);
  writeQuestion(bytes, question);
  if (edns !== undefined) {
    view.setUint16(Count.additional, 1);
    writeOpt(view, question.end, 0, edns.dnssecOk);
  }
  return bytes;
}

/** A reply of header alone with `rcode`, for messages whose question cannot be read; undefined when it is no query. */
export function emitHeaderReply(query: Uint8Array, rcode: number): Uint8Array | undefined {
  if (query.length < HEADER_LENGTH || (query[2]! & (Flag.response >>> 8)) !== 0) return undefined;
  const bytes = new Uint8Array(HEADER_LENGTH);
  bytes.set(query.subarray(0, 2));
  const opcodeAndRecursion = (Flag.opcode | Flag.recursionDesired) >>> 8;
  bytes[2] = (Flag.response >>> 8) | (query[2]! & opcodeAndRecursion);
  bytes[3] = rcode;
  return bytes;
}

function flagsFor(answer: Answer, query: DnsMessage, truncated: boolean): number {
  const fromQuery = Flag.opcode | Flag.recursionDesired | Flag.checkingDisabled;
  const fromUpstream =
    new DataView(answer.bytes.buffer, answer.bytes.byteOffset).getUint16(2) & Flag.authenticData;
  return (
    Flag.response |
    Flag.recursionAvailable |
    (query.flags & fromQuery) |
    fromUpstream |
    (answer.authoritative ? Flag.authoritative : 0) |
    (truncated ? Flag.truncated : 0) |
    (answer.rcode & Flag.rcode)
  );
}

function writeQuestion(bytes: Uint8Array, question: DnsQuestion): void {
  bytes.set(question.name, HEADER_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint16(question.end - 4, question.type);
  view.setUint16(question.end - 2, question.class);
}

function writeOpt(view: DataView, offset: number, extendedRcode: number, dnssecOk: boolean): void {
  view.setUint16(offset + 1, Type.opt);
  view.setUint16(offset + 3, UDP_PAYLOAD_SIZE);
  view.setUint8(offset + 5, extendedRcode);
  view.setUint16(offset + 7, dnssecOk ? 0x8000 : 0);
}

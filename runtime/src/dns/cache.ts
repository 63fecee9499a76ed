import type { Answer } from "../wire/dns/emit.ts";
import { type DnsRecord, Rcode, Type } from "../wire/dns/message.ts";

interface Entry {
  answer: Answer;
  expires: number;
}

/** An answer from the cache. */
export interface Cached {
  answer: Answer;
  /** Whole seconds it may still be kept. */
  ttl: number;
}

const MAX_ENTRIES = 10_000;
const MAX_BYTES = 8 * 1024 * 1024;
/** Seconds. A day, as RFC 8767 §4 has it; and for negative answers less than RFC 2308 §5 allows, as homes change. */
const MAX_TTL = 86_400;
const MAX_NEGATIVE_TTL = 900;

/** Answers by question, the least recently used given up first when there are too many. Times are ms. */
export class AnswerCache {
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  get size(): number {
    return this.#entries.size;
  }

  get(key: string, now: number): Cached | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const ttl = Math.ceil((entry.expires - now) / 1000);
    this.#entries.delete(key);
    if (ttl <= 0) {
      this.#bytes -= entry.answer.bytes.length;
      return undefined;
    }
    this.#entries.set(key, entry);
    return { answer: entry.answer, ttl };
  }

  /** Keeps `answer` for as long as its records allow; the seconds it is kept, 0 when it is not. */
  put(key: string, answer: Answer, now: number): number {
    const ttl = lifetime(answer);
    if (ttl === 0 || answer.bytes.length > MAX_BYTES) return 0;
    this.#drop(key);
    this.#entries.set(key, { answer, expires: now + ttl * 1000 });
    this.#bytes += answer.bytes.length;
    while (this.#entries.size > MAX_ENTRIES || this.#bytes > MAX_BYTES) {
      this.#drop(this.#entries.keys().next().value!);
    }
    return ttl;
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= entry.answer.bytes.length;
  }
}

/** Seconds `answer` may be kept: its lowest TTL, or for a negative one what its SOA record says (RFC 2308 §5). */
function lifetime(answer: Answer): number {
  const negative = answer.rcode === Rcode.nxDomain || (answer.rcode === Rcode.noError && isEmpty(answer));
  if (!negative && answer.rcode !== Rcode.noError) return 0;
  const ttls = answer.records.map(({ ttl }) => ttl);
  if (!negative) return Math.min(MAX_TTL, ...ttls);
  const soa = answer.records.find(({ section, type }) => section === "authority" && type === Type.soa);
  const minimum = soa === undefined ? 0 : soaMinimum(answer.bytes, soa);
  return Math.min(MAX_NEGATIVE_TTL, minimum, ...ttls);
}

/** Whether nothing in the answer section is what was asked: it is empty or only leads to other names. */
function isEmpty({ bytes, questionEnd, records }: Answer): boolean {
  const asked = bytes[questionEnd - 4]! * 256 + bytes[questionEnd - 3]!;
  return !records.some(({ section, type }) => section === "answer" && (type === asked || asked === Type.any));
}

/** MINIMUM, the last of the SOA record's fields (RFC 1035 §3.3.13); 0 when the data is too short to hold one. */
function soaMinimum(bytes: Uint8Array, { dataOffset, dataLength }: DnsRecord): number {
  const SHORTEST = 22;
  if (dataLength < SHORTEST) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(dataOffset + dataLength - 4);
}

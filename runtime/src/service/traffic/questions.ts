import type { Mac } from "../../addr/mac.ts";
import { answeredName } from "../../traffic/names/answered.ts";
import { displayableName } from "../../traffic/names/displayable.ts";
import { type DnsMessage, Flag, Rcode, rcodeOf } from "../../wire/dns/message.ts";
import { nameText } from "../../wire/dns/name.ts";
import { keyText } from "./remote-key.ts";
import type { DnsQuestion } from "./source.ts";

/** Minutes to hours of a device's questions. */
const MAX_QUESTIONS = 500;
/** More than a home has that ask; at hostile lengths of all names they take 40 MB. */
const MAX_DEVICES = 128;
/** Of an answer's addresses; the first are what the device tries. */
const MAX_ADDRESSES = 8;

/** IANA's names of the types that devices ask for. */
const TYPES = new Map([
  [1, "A"],
  [2, "NS"],
  [5, "CNAME"],
  [6, "SOA"],
  [12, "PTR"],
  [15, "MX"],
  [16, "TXT"],
  [28, "AAAA"],
  [33, "SRV"],
  [35, "NAPTR"],
  [48, "DNSKEY"],
  [43, "DS"],
  [64, "SVCB"],
  [65, "HTTPS"],
  [255, "ANY"],
]);

/** What devices asked our name server for lately, and what they were told. */
export class QuestionLog {
  /** The device that asked last is the last; of each, the oldest question first. */
  readonly #devices = new Map<Mac, DnsQuestion[]>();

  /** `device` got the response `message`. */
  answered(device: Mac, message: DnsMessage, at: number): void {
    // A truncated response is asked for again over TCP.
    if (message.question === undefined || (message.flags & Flag.truncated) !== 0) return;
    const questions = this.#devices.get(device) ?? [];
    this.#devices.delete(device);
    this.#devices.set(device, questions);
    questions.push(told(message, at));
    if (questions.length > MAX_QUESTIONS) questions.shift();
    const [longest] = this.#devices.keys();
    if (this.#devices.size > MAX_DEVICES && longest !== undefined) this.#devices.delete(longest);
  }

  /** The latest first. */
  of(device: Mac): DnsQuestion[] {
    return this.#devices.get(device)?.toReversed() ?? [];
  }

  /** Forgets those of a device, or of all. */
  forget(device: Mac | undefined): void {
    if (device === undefined) this.#devices.clear();
    else this.#devices.delete(device);
  }
}

function told(message: DnsMessage, at: number): DnsQuestion {
  const { name, type } = message.question!;
  const addresses = answeredName(message)?.addresses ?? [];
  return {
    at,
    name: displayableName(nameText(name)),
    type: TYPES.get(type) ?? `TYPE${type}`,
    outcome: outcomeOf(rcodeOf(message)),
    addresses: addresses.slice(0, MAX_ADDRESSES).map(keyText),
  };
}

function outcomeOf(rcode: number): string {
  if (rcode === Rcode.noError) return "answered";
  return rcode === Rcode.nxDomain ? "no such name" : "no answer";
}

import { type Mac, macFromNumber, macNumber } from "../../addr/mac.ts";
import { answeredName } from "../../traffic/names/answered.ts";
import { displayableName } from "../../traffic/names/displayable.ts";
import { type DnsMessage, Flag, Rcode, rcodeOf } from "../../wire/dns/message.ts";
import { nameText } from "../../wire/dns/name.ts";
import { keyText } from "./remote-key.ts";
import type { StoredQuestion } from "./rollups/question-table.ts";
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

/** One device's questions. */
interface Asked {
  /** The oldest first. */
  readonly questions: DnsQuestion[];
  /** How many of the latest are not on the disk. */
  unkept: number;
}

/** What devices asked our name server for lately, and what they were told. */
export class QuestionLog {
  /** The device that asked last is the last. */
  readonly #devices = new Map<Mac, Asked>();

  /** `device` got the response `message`. */
  answered(device: Mac, message: DnsMessage, at: number): void {
    // A truncated response is asked for again over TCP.
    if (message.question === undefined || (message.flags & Flag.truncated) !== 0) return;
    const asked = this.#add(device, told(message, at));
    asked.unkept = Math.min(asked.unkept + 1, asked.questions.length);
  }

  /** What is not on the disk yet. */
  *unkept(): Generator<StoredQuestion> {
    for (const [mac, { questions, unkept }] of this.#devices) {
      const device = macNumber(mac);
      for (const question of questions.slice(questions.length - unkept))
        yield { device, at: question.at, text: textOf(question) };
    }
  }

  /** All that `unkept` gave is on the disk. */
  markKept(): void {
    for (const asked of this.#devices.values()) asked.unkept = 0;
  }

  /** Takes what the disk has, the oldest first. */
  restore(stored: Iterable<StoredQuestion>): void {
    for (const { device, at, text } of stored) {
      const question = questionIn(at, text);
      if (question !== undefined) this.#add(macFromNumber(device), question);
    }
  }

  /** The latest first. */
  of(device: Mac): DnsQuestion[] {
    return this.#devices.get(device)?.questions.toReversed() ?? [];
  }

  /** Forgets those of a device, or of all. */
  forget(device: Mac | undefined): void {
    if (device === undefined) this.#devices.clear();
    else this.#devices.delete(device);
  }

  #add(device: Mac, question: DnsQuestion): Asked {
    const asked = this.#devices.get(device) ?? { questions: [], unkept: 0 };
    this.#devices.delete(device);
    this.#devices.set(device, asked);
    asked.questions.push(question);
    if (asked.questions.length > MAX_QUESTIONS) asked.questions.shift();
    const [longest] = this.#devices.keys();
    if (this.#devices.size > MAX_DEVICES && longest !== undefined) this.#devices.delete(longest);
    return asked;
  }
}

/** What the disk has of a question besides its time. */
function textOf({ name, type, outcome, addresses }: DnsQuestion): string {
  return JSON.stringify([name, type, outcome, ...addresses]);
}

/** Undefined for what `textOf` did not give. */
function questionIn(at: number, text: string): DnsQuestion | undefined {
  try {
    const [name, type, outcome, ...addresses] = JSON.parse(text) as string[];
    if (name === undefined || type === undefined || outcome === undefined) return undefined;
    return { at, name, type, outcome, addresses };
  } catch {
    return undefined;
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

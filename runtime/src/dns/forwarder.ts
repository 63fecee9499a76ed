import type { IPv4 } from "../addr/ipv4.ts";
import {
  type Answer,
  authoredAnswer,
  emitAnswer,
  emitHeaderReply,
  PLAIN_UDP_PAYLOAD_SIZE,
  UDP_PAYLOAD_SIZE,
} from "../wire/dns/emit.ts";
import {
  CLASS_IN,
  type DnsFault,
  type DnsMessage,
  type DnsQuestion,
  Flag,
  parseDns,
  Rcode,
  Type,
} from "../wire/dns/message.ts";
import { nameText } from "../wire/dns/name.ts";
import { AnswerCache } from "./cache.ts";
import type { Host } from "./name-table.ts";
import { isRebinding, type RebindingGuard } from "./rebinding.ts";
import { Resolver, type ResolverAction, type ResponseFault, type Transport } from "./resolver.ts";
import { LocalZone, type ZoneSettings } from "./zone.ts";

export interface DnsSettings extends ZoneSettings {
  /** Asked in this order at first; later the one that answered last comes first. */
  upstreams: IPv4[];
  rebindingGuard: RebindingGuard;
}

/** Who asked; the service adds what it needs to reply. */
export interface Asker {
  address: IPv4;
  transport: Transport;
}

export type Action<A extends Asker> =
  | Exclude<ResolverAction, { kind: "resolved" }>
  | { kind: "reply"; to: A; bytes: Uint8Array }
  /** Worth a line in the log, no more than now and then. */
  | { kind: "notice"; notice: Notice; detail: string };

export type Notice = "malformed query" | "malformed response" | "no upstream answered" | "rebinding refused";

/** Messages by what was done with them, since the start; a fault's name counts malformed ones. */
export type DnsCounters = Partial<
  Record<
    | "local"
    | "cached"
    | "forwarded"
    | "coalesced"
    | "refused"
    | "overload"
    | "unanswered"
    | "rebinding"
    | "not a query"
    | DnsFault
    | ResponseFault,
    number
  >
>;

interface Waiting<A> {
  asker: A;
  query: DnsMessage & { question: DnsQuestion };
}

/** Questions under way at once, and askers of one of them; past that, queries are dropped and will be repeated. */
const MAX_RESOLUTIONS = 512;
const MAX_ASKERS = 64;
/** Questions under way for one client, so that one cannot take the place of all. */
const MAX_PER_CLIENT = 128;
/** Types that are about a connection or a whole zone and not to be forwarded. */
const NOT_FORWARDED: readonly number[] = [Type.opt, Type.tkey, Type.tsig, Type.ixfr, Type.axfr];

/**
 * A DNS server for a home: answers about the home itself, and forwards the rest to upstream resolvers with a cache.
 * Responses of upstreams are passed on as the bytes they came in, so that types unknown here pass too (RFC 3597).
 */
export class DnsForwarder<A extends Asker> {
  readonly counters: DnsCounters = {};
  readonly #cache = new AnswerCache();
  readonly #resolver: Resolver;
  readonly #waiting = new Map<string, Waiting<A>[]>();
  readonly #perClient = new Map<IPv4, number>();
  #hosts: readonly Host[] = [];
  #zone: LocalZone;

  /** `random` gives numbers in [0, 1) that a stranger cannot foresee. Throws DnsNameError. */
  constructor(
    private settings: DnsSettings,
    random: () => number,
  ) {
    this.#zone = new LocalZone(settings);
    this.#resolver = new Resolver(settings.upstreams, random);
  }

  /** Takes new settings and forgets all answers, as other upstreams may say otherwise. Throws DnsNameError. */
  reconfigure(settings: DnsSettings): void {
    this.#zone = new LocalZone(settings, this.#hosts);
    this.settings = settings;
    this.#resolver.setUpstreams(settings.upstreams);
    this.#cache.clear();
  }

  setHosts(hosts: readonly Host[]): void {
    this.#hosts = hosts;
    this.#zone.setHosts(hosts);
  }

  /** Handles a client's message. Times are ms. */
  receive(bytes: Uint8Array, asker: A, now: number): Action<A>[] {
    const query = parseDns(bytes);
    if (typeof query === "string") {
      const notice: Action<A> = { kind: "notice", notice: "malformed query", detail: query };
      return [...this.#refuseUnread(query, bytes, Rcode.formErr, asker), notice];
    }
    const { question } = query;
    if ((query.flags & Flag.response) !== 0 || question === undefined) {
      this.#count("not a query");
      return [];
    }
    if ((query.flags & Flag.opcode) !== 0) return this.#refuseUnread("refused", bytes, Rcode.notImp, asker);
    const waiting = { asker, query: { ...query, question } };
    const refusal = refusalOf(query, question);
    if (refusal !== undefined) return this.#refuse(waiting, refusal);
    return this.#answerHere(waiting, now) ?? this.#forward(waiting, now);
  }

  /** Handles bytes that arrived on an exchange's socket. */
  receiveResponse(exchange: number, bytes: Uint8Array, now: number): Action<A>[] {
    const result = this.#resolver.receive(exchange, bytes, now);
    if (typeof result !== "string") return this.#carryOut(result, now);
    this.#count(result);
    return [{ kind: "notice", notice: "malformed response", detail: result }];
  }

  /** Handles the failure of an exchange's socket. */
  fail(exchange: number, now: number): Action<A>[] {
    return this.#carryOut(this.#resolver.fail(exchange, now), now);
  }

  /** Does what is due at `now`. */
  expire(now: number): Action<A>[] {
    return this.#carryOut(this.#resolver.expire(now), now);
  }

  /** When `expire` is next due, ms; undefined while nothing is under way. */
  nextDeadline(): number | undefined {
    return this.#resolver.nextDeadline();
  }

  #answerHere(waiting: Waiting<A>, now: number): Action<A>[] | undefined {
    const local = this.#zone.answer(waiting.query.question, waiting.asker.address);
    if (local !== undefined) {
      this.#count("local");
      return [replyTo(waiting, local)];
    }
    const cached = this.#cache.get(keyOf(waiting.query), now);
    if (cached !== undefined) {
      this.#count("cached");
      return [replyTo(waiting, cached.answer, cached.ttl)];
    }
    return (waiting.query.flags & Flag.recursionDesired) === 0
      ? this.#refuse(waiting, Rcode.refused)
      : undefined;
  }

  #forward(waiting: Waiting<A>, now: number): Action<A>[] {
    const { query, asker } = waiting;
    const key = keyOf(query);
    const others = this.#waiting.get(key);
    const underWay = this.#perClient.get(asker.address) ?? 0;
    const full = others === undefined ? this.#resolver.size >= MAX_RESOLUTIONS : others.length >= MAX_ASKERS;
    if (full || underWay >= MAX_PER_CLIENT) {
      this.#count("overload");
      return [];
    }
    this.#perClient.set(asker.address, underWay + 1);
    if (others !== undefined) {
      this.#count("coalesced");
      others.push(waiting);
      return [];
    }
    this.#count("forwarded");
    this.#waiting.set(key, [waiting]);
    const flags = query.flags & (Flag.checkingDisabled | Flag.authenticData);
    const dnssecOk = query.edns?.dnssecOk ?? false;
    return this.#carryOut(
      this.#resolver.resolve({ key, question: query.question, flags, dnssecOk }, now),
      now,
    );
  }

  #carryOut(actions: ResolverAction[], now: number): Action<A>[] {
    return actions.flatMap((action) =>
      action.kind === "resolved" ? this.#resolved(action.key, action.answer, now) : [action],
    );
  }

  #resolved(key: string, answer: Answer | undefined, now: number): Action<A>[] {
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    for (const { asker } of waiting) this.#release(asker.address);
    if (answer === undefined) {
      this.#count("unanswered");
      const replies = waiting.map((one) => replyTo(one, authoredAnswer(one.query.question, Rcode.servFail)));
      return [...replies, { kind: "notice", notice: "no upstream answered", detail: nameOf(waiting) }];
    }
    const { rebindingGuard, lan } = this.settings;
    if (isRebinding(answer, rebindingGuard, lan)) {
      this.#count("rebinding");
      const replies = waiting.map((one) => replyTo(one, authoredAnswer(one.query.question, Rcode.refused)));
      return [...replies, { kind: "notice", notice: "rebinding refused", detail: nameOf(waiting) }];
    }
    const ttl = this.#cache.put(key, answer, now);
    return waiting.map((one) => replyTo(one, answer, ttl > 0 ? ttl : undefined));
  }

  #release(client: IPv4): void {
    const left = (this.#perClient.get(client) ?? 1) - 1;
    if (left > 0) this.#perClient.set(client, left);
    else this.#perClient.delete(client);
  }

  #refuse(waiting: Waiting<A>, rcode: number): Action<A>[] {
    this.#count("refused");
    return [replyTo(waiting, authoredAnswer(waiting.query.question, rcode))];
  }

  #refuseUnread(kind: keyof DnsCounters, bytes: Uint8Array, rcode: number, asker: A): Action<A>[] {
    this.#count(kind);
    const reply = emitHeaderReply(bytes, rcode);
    return reply === undefined ? [] : [{ kind: "reply", to: asker, bytes: reply }];
  }

  #count(kind: keyof DnsCounters): void {
    this.counters[kind] = (this.counters[kind] ?? 0) + 1;
  }
}

/** The response code for queries that are neither answered here nor forwarded. */
function refusalOf(query: DnsMessage, question: DnsQuestion): number | undefined {
  if (query.edns !== undefined && query.edns.version > 0) return Rcode.badVers;
  if (question.class !== CLASS_IN || NOT_FORWARDED.includes(question.type)) return Rcode.refused;
  return undefined;
}

/** Questions are the same when all that an upstream's answer depends on is. */
function keyOf({ question, flags, edns }: Waiting<Asker>["query"]): string {
  const asked = flags & (Flag.checkingDisabled | Flag.authenticData);
  return `${nameText(question.name)}/${question.type}/${asked}/${edns?.dnssecOk ?? false}`;
}

function replyTo<A extends Asker>({ asker, query }: Waiting<A>, answer: Answer, ttl?: number): Action<A> {
  return { kind: "reply", to: asker, bytes: emitAnswer(answer, query, capacity(asker, query), ttl) };
}

function nameOf([first]: Waiting<Asker>[]): string {
  return first === undefined ? "" : nameText(first.query.question.name);
}

/** Octets the client takes: over UDP no more than passes unfragmented, whatever it says (RFC 9715). */
function capacity({ transport }: Asker, { edns }: DnsMessage): number {
  if (transport === "tcp") return 0xffff;
  return Math.min(Math.max(edns?.payloadSize ?? 0, PLAIN_UDP_PAYLOAD_SIZE), UDP_PAYLOAD_SIZE);
}

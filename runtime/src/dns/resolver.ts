import type { IPv4 } from "../addr/ipv4.ts";
import { type Answer, answerFrom, authoredAnswer, emitQuery } from "../wire/dns/emit.ts";
import {
  type DnsFault,
  type DnsMessage,
  type DnsQuestion,
  Flag,
  parseDns,
  Rcode,
  rcodeOf,
} from "../wire/dns/message.ts";
import { sameName } from "../wire/dns/name.ts";
import { Upstreams } from "./upstreams.ts";

export type Transport = "udp" | "tcp";

/** What the resolver wants done, or has found. */
export type ResolverAction =
  /** Send `bytes` to port 53 of `upstream` from a socket of its own, whose messages are responses to `exchange`. */
  | { kind: "ask"; exchange: number; upstream: IPv4; transport: Transport; bytes: Uint8Array }
  /** Close the exchange's socket. */
  | { kind: "close"; exchange: number }
  /** `answer` is absent when no upstream gave one. */
  | { kind: "resolved"; key: string; answer?: Answer };

/** What to resolve. Two requests with one key are the same. */
export interface Request {
  key: string;
  question: DnsQuestion;
  /** Flag.checkingDisabled and Flag.authenticData as the client had them. */
  flags: number;
  dnssecOk: boolean;
}

interface Resolution extends Request {
  untried: IPv4[];
  exchanges: Set<number>;
  /** When to ask the next upstream, or to give up, ms. */
  deadline: number;
  giveUpAt: number;
  /** The latest error response, given when nobody has a better one. */
  failure?: Answer;
}

interface Exchange {
  resolution: Resolution;
  upstream: IPv4;
  transport: Transport;
  id: number;
  edns: boolean;
}

/** Why a response was not used. */
export type ResponseFault = DnsFault | "not a response to the query";

/** An upstream that has not answered by then is joined by the next; its late answer still counts. */
const RETRY_INTERVAL = 1000;
/** Stub resolvers ask again after 5 s (resolv.conf(5)). */
const LIFETIME = 5000;

/**
 * Resolves questions by asking upstream resolvers. Each exchange has a random id and is meant to have a socket, and so
 * a random source port, of its own (RFC 5452 §9.2). A truncated response is asked for again over TCP.
 */
export class Resolver {
  readonly #resolutions = new Map<string, Resolution>();
  readonly #exchanges = new Map<number, Exchange>();
  #upstreams: Upstreams;
  #nextExchange = 0;

  /** `random` gives numbers in [0, 1) that a stranger cannot foresee. */
  constructor(
    upstreams: readonly IPv4[],
    private readonly random: () => number,
  ) {
    this.#upstreams = new Upstreams(upstreams);
  }

  get size(): number {
    return this.#resolutions.size;
  }

  /** Asks others from the next question on. */
  setUpstreams(upstreams: readonly IPv4[]): void {
    this.#upstreams = new Upstreams(upstreams);
  }

  resolve(request: Request, now: number): ResolverAction[] {
    const resolution: Resolution = {
      ...request,
      untried: this.#upstreams.plan(),
      exchanges: new Set(),
      deadline: now,
      giveUpAt: now + LIFETIME,
    };
    this.#resolutions.set(request.key, resolution);
    return this.#advance(resolution, now);
  }

  /** Handles bytes that arrived on the exchange's socket; the fault's name when they are not the response. */
  receive(exchangeId: number, bytes: Uint8Array, now: number): ResolverAction[] | ResponseFault {
    const exchange = this.#exchanges.get(exchangeId);
    if (exchange === undefined) return [];
    const message = parseDns(bytes);
    if (typeof message === "string") return message;
    if (!isResponseTo(message, exchange)) return "not a response to the query";
    const { resolution, upstream } = exchange;
    const closed = this.#close(exchangeId);
    if ((message.flags & Flag.truncated) !== 0 && exchange.transport === "udp") {
      return [...closed, this.#ask(resolution, upstream, "tcp")];
    }
    const rcode = rcodeOf(message);
    if (rcode === Rcode.noError || rcode === Rcode.nxDomain) {
      this.#upstreams.succeeded(upstream);
      const answer = message.question && answerFrom(message, rcode);
      return [...closed, ...this.#finish(resolution, answer)];
    }
    return [...closed, ...this.#erred(exchange, message, rcode, now)];
  }

  /** Handles the failure of the exchange's socket: refused, unreachable, or closed before the response. */
  fail(exchangeId: number, now: number): ResolverAction[] {
    const exchange = this.#exchanges.get(exchangeId);
    if (exchange === undefined) return [];
    this.#upstreams.failed(exchange.upstream);
    return [...this.#close(exchangeId), ...this.#advance(exchange.resolution, now)];
  }

  /** Does what is due at `now`. */
  expire(now: number): ResolverAction[] {
    const due = [...this.#resolutions.values()].filter(({ deadline }) => deadline <= now);
    return due.flatMap((resolution) => {
      for (const id of resolution.exchanges) this.#upstreams.failed(this.#exchanges.get(id)!.upstream);
      return now >= resolution.giveUpAt
        ? this.#finish(resolution, resolution.failure)
        : this.#advance(resolution, now);
    });
  }

  /** When `expire` is next due, ms; undefined while nothing is being resolved. */
  nextDeadline(): number | undefined {
    let next: number | undefined;
    for (const { deadline } of this.#resolutions.values()) next = Math.min(deadline, next ?? deadline);
    return next;
  }

  /** Asks the next upstream; with none left waits for those asked, and ends when there are none of these either. */
  #advance(resolution: Resolution, now: number): ResolverAction[] {
    const upstream = resolution.untried.shift();
    if (upstream === undefined && resolution.exchanges.size === 0) {
      return this.#finish(resolution, resolution.failure);
    }
    const retry = resolution.untried.length > 0 ? now + RETRY_INTERVAL : resolution.giveUpAt;
    resolution.deadline = Math.min(retry, resolution.giveUpAt);
    return upstream === undefined ? [] : [this.#ask(resolution, upstream, "udp")];
  }

  #ask(resolution: Resolution, upstream: IPv4, transport: Transport): ResolverAction {
    const exchange = this.#nextExchange++;
    const id = Math.floor(this.random() * 0x10000);
    const edns = this.#upstreams.takesEdns(upstream);
    this.#exchanges.set(exchange, { resolution, upstream, transport, id, edns });
    resolution.exchanges.add(exchange);
    const { question, flags, dnssecOk } = resolution;
    const bytes = emitQuery(question, id, flags, edns ? { dnssecOk } : undefined);
    return { kind: "ask", exchange, upstream, transport, bytes };
  }

  /** An upstream that does not take EDNS is asked without; one that fails otherwise is not asked this again. */
  #erred(exchange: Exchange, message: DnsMessage, rcode: number, now: number): ResolverAction[] {
    const { resolution, upstream, edns } = exchange;
    const isOld = rcode === Rcode.formErr || rcode === Rcode.notImp;
    if (isOld && edns && message.edns === undefined) {
      this.#upstreams.refusedEdns(upstream);
      return [this.#ask(resolution, upstream, "udp")];
    }
    resolution.failure = message.question
      ? answerFrom(message, rcode)
      : authoredAnswer(resolution.question, rcode);
    resolution.untried = resolution.untried.filter((other) => other !== upstream);
    return this.#advance(resolution, now);
  }

  #finish(resolution: Resolution, answer: Answer | undefined): ResolverAction[] {
    this.#resolutions.delete(resolution.key);
    const closed = [...resolution.exchanges].flatMap((exchange) => this.#close(exchange));
    return [...closed, { kind: "resolved", key: resolution.key, ...(answer && { answer }) }];
  }

  #close(exchangeId: number): ResolverAction[] {
    const exchange = this.#exchanges.get(exchangeId)!;
    this.#exchanges.delete(exchangeId);
    exchange.resolution.exchanges.delete(exchangeId);
    return [{ kind: "close", exchange: exchangeId }];
  }
}

/** An error response may leave the question out; any other must repeat it (RFC 5452 §9.1). */
function isResponseTo({ id, flags, question }: DnsMessage, exchange: Exchange): boolean {
  const isResponse = (flags & Flag.response) !== 0 && (flags & Flag.opcode) === 0;
  if (id !== exchange.id || !isResponse) return false;
  const asked = exchange.resolution.question;
  if (question === undefined)
    return (flags & Flag.rcode) !== Rcode.noError && (flags & Flag.rcode) !== Rcode.nxDomain;
  return (
    question.type === asked.type && question.class === asked.class && sameName(question.name, asked.name)
  );
}

import { formatIPv4, type IPv4 } from "../../addr/ipv4.ts";
import type { Prefix } from "../../addr/prefix.ts";
import { type Action, type DnsCounters, DnsForwarder, type DnsSettings } from "../../dns/forwarder.ts";
import type { Host, ZoneNetwork } from "../../dns/name-table.ts";
import type { RebindingGuard } from "../../dns/rebinding.ts";
import type { Log } from "../log.ts";
import { clientAt, type Ipv6Listening } from "./clients.ts";
import { ExchangeSocket } from "./exchange.ts";
import { type Client, Listener } from "./listener.ts";

export type { DnsCounters } from "../../dns/forwarder.ts";
export type { Host } from "../../dns/name-table.ts";

export interface DnsOptions {
  /** The addresses to serve on. One that the host does not have yet is tried again until it has. */
  listen: IPv4[];
  /** The same over IPv6. */
  ipv6?: readonly Ipv6Listening[];
  /** 53 unless given; 0 for any free one. */
  port?: number;
  /** The home's domain, such as "lan". */
  domain: string;
  /** The router's own name, one label. */
  routerName: string;
  routerAddress: IPv4;
  /** The resolvers to ask; with none, only the home's names are answered. */
  upstreams: IPv4[];
  /** Whose questions are answered, and about whom; loopback's always are, about everybody. */
  lan: ZoneNetwork[];
  /** "home" unless given. */
  rebindingGuard?: RebindingGuard;
}

/** Is handed the DNS message that `client` was sent; its bytes are nobody else's. */
export type ReplyListener = (client: IPv4, bytes: Uint8Array) => void;

export interface DnsService {
  /** Takes new options; sockets whose address and port stay are kept. */
  reconfigure(options: DnsOptions): void;
  /** Replaces the home's hosts: names are one label, without the domain. */
  setHosts(hosts: readonly Host[]): void;
  /** Answers a query of this program's own, as one of a host. `onReply` may never be called. */
  ask(query: Uint8Array, onReply: (bytes: Uint8Array) => void): void;
  /** Where it is listening now. */
  listening(): { address: string; port: number }[];
  stop(): void;
  counters(): DnsCounters;
}

export interface DnsEnvironment {
  log: Log;
  /** The upstreams' port, 53 unless given. */
  upstreamPort?: number;
  /** The IPv4 address of the device that has this IPv6 address, as far as it is known. */
  ipv4Of?(address: string): IPv4 | undefined;
  /** Called for each reply to a client. */
  onReply?: ReplyListener;
}

/** How long to wait for an address that is not there or taken before looking again, ms. */
const REOPEN_INTERVAL = 2000;
const DNS_PORT = 53;
const LOOPBACK: Prefix = { address: 0x7f000000, length: 8 };

/**
 * Starts a DNS server. Addresses that cannot be served yet are waited for. Throws DnsNameError, as does reconfigure, when
 * the domain or the router's name has no wire format.
 */
export function startDnsServer(options: DnsOptions, environment: DnsEnvironment): DnsService {
  return new ForwardingServer(options, environment);
}

/** Where a listener is or, while it is being opened, will be. */
interface Place {
  listener?: Listener;
}

class ForwardingServer implements DnsService {
  readonly #log: Log;
  readonly #forwarder: DnsForwarder<Client>;
  readonly #exchanges = new Map<number, ExchangeSocket>();
  /** By address and port. */
  readonly #places = new Map<string, Place>();
  #reopening: Timer | undefined;
  #expiry: Timer | undefined;
  #stopped = false;

  constructor(
    private options: DnsOptions,
    private readonly environment: DnsEnvironment,
  ) {
    this.#log = environment.log;
    this.#forwarder = new DnsForwarder(settingsOf(options), unforeseeable);
    this.#listen();
  }

  reconfigure(options: DnsOptions): void {
    this.#forwarder.reconfigure(settingsOf(options));
    this.options = options;
    this.#listen();
  }

  setHosts(hosts: readonly Host[]): void {
    this.#forwarder.setHosts(hosts);
  }

  ask(query: Uint8Array, onReply: (bytes: Uint8Array) => void): void {
    const self: Client = { address: LOOPBACK.address, transport: "tcp", reply: onReply };
    this.#carryOut(this.#forwarder.receive(query, self, performance.now()));
  }

  listening(): { address: string; port: number }[] {
    const open = [...this.#places.values()].flatMap(({ listener }) => listener ?? []);
    return open.map(({ address, port }) => ({ address, port }));
  }

  counters(): DnsCounters {
    return { ...this.#forwarder.counters };
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#reopening);
    clearTimeout(this.#expiry);
    for (const { listener } of this.#places.values()) listener?.close();
    for (const exchange of this.#exchanges.values()) exchange.close();
    this.#places.clear();
    this.#exchanges.clear();
  }

  /** Closes the listeners no longer wanted and opens those missing. */
  #listen(): void {
    clearTimeout(this.#reopening);
    const { listen, ipv6 = [], port = DNS_PORT } = this.options;
    const addresses = [...listen.map(formatIPv4), ...ipv6.map(({ address }) => address)];
    const wanted = new Map(
      addresses.map((address) => [`${address.includes(":") ? `[${address}]` : address}:${port}`, address]),
    );
    for (const [key, { listener }] of this.#places) {
      if (wanted.has(key)) continue;
      listener?.close();
      this.#places.delete(key);
    }
    for (const [key, address] of wanted) {
      if (!this.#places.has(key)) void this.#open(key, address, port);
    }
  }

  async #open(key: string, address: string, port: number): Promise<void> {
    const place: Place = {};
    this.#places.set(key, place);
    // The options may change meanwhile.
    const isWanted = () => this.#places.get(key) === place;
    try {
      const onQuery = (bytes: Uint8Array, client: Client) =>
        this.#carryOut(this.#forwarder.receive(bytes, this.#overheard(client), performance.now()));
      const listener = await Listener.open(address, port, (client) => this.#clientAt(client), onQuery);
      if (!isWanted()) return listener.close();
      place.listener = listener;
      this.#log.info(`serving ${address} port ${listener.port}`);
    } catch (error) {
      if (!isWanted()) return;
      this.#places.delete(key);
      this.#log.limited(`listen ${key}`, `cannot serve ${key} yet: ${error}`);
      clearTimeout(this.#reopening);
      this.#reopening = setTimeout(() => this.#listen(), REOPEN_INTERVAL);
    }
  }

  /** The client, whose replies are passed on to who listens. */
  #overheard(client: Client): Client {
    const { onReply } = this.environment;
    if (onReply === undefined) return client;
    const reply = (bytes: Uint8Array) => {
      client.reply(bytes);
      onReply(client.address, bytes);
    };
    return { ...client, reply };
  }

  #clientAt(address: string): IPv4 | undefined {
    const { lan, ipv6 = [] } = this.options;
    return clientAt(address, lan, ipv6, (ipv6) => this.environment.ipv4Of?.(ipv6));
  }

  #carryOut(actions: Action<Client>[]): void {
    for (const action of actions) this.#perform(action);
    this.#armExpiry();
  }

  #perform(action: Action<Client>): void {
    switch (action.kind) {
      case "reply":
        action.to.reply(action.bytes);
        break;
      case "ask":
        this.#ask(action);
        break;
      case "close":
        this.#exchanges.get(action.exchange)?.close();
        this.#exchanges.delete(action.exchange);
        break;
      case "notice":
        this.#log.limited(action.notice, `${action.notice}: ${action.detail}`);
    }
  }

  #ask({ exchange, upstream, transport, bytes }: Extract<Action<Client>, { kind: "ask" }>): void {
    const { upstreamPort = DNS_PORT } = this.environment;
    const now = () => performance.now();
    const socket = new ExchangeSocket(upstream, upstreamPort, transport, bytes, {
      onMessage: (response) => this.#carryOut(this.#forwarder.receiveResponse(exchange, response, now())),
      onFailure: () => this.#carryOut(this.#forwarder.fail(exchange, now())),
    });
    this.#exchanges.set(exchange, socket);
  }

  #armExpiry(): void {
    clearTimeout(this.#expiry);
    const deadline = this.#forwarder.nextDeadline();
    if (deadline === undefined || this.#stopped) return;
    const expire = () => this.#carryOut(this.#forwarder.expire(performance.now()));
    this.#expiry = setTimeout(expire, Math.max(0, deadline - performance.now()));
  }
}

function settingsOf({ rebindingGuard = "home", ...options }: DnsOptions): DnsSettings {
  return { ...options, rebindingGuard };
}

/** A number in [0, 1) that nobody can predict from others, as the transaction ids must be (RFC 5452 §9.2). */
function unforeseeable(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! / 0x1_0000_0000;
}

import { formatIPv4 } from "../../addr/ipv4.ts";
import type { Lease } from "../../dhcp/leases.ts";
import type { Destination, Reply } from "../../dhcp/reply.ts";
import { DhcpServer, type Outcome, type Verdict } from "../../dhcp/server.ts";
import type { DhcpSettings } from "../../dhcp/settings.ts";
import { type DhcpSocket, openDhcpSocket } from "../../linux/packet/udp.ts";
import { DHCP_CLIENT_PORT, DHCP_SERVER_PORT, type DhcpFault, parseDhcp } from "../../wire/dhcp/message.ts";
import { ClockWatch } from "../clock.ts";
import type { Log } from "../log.ts";
import { LeaseFile, readLeases } from "./lease-file.ts";

export type { Lease } from "../../dhcp/leases.ts";

/** What the server gives out, and the interface it serves. */
export interface DhcpOptions extends DhcpSettings {
  interface: string;
}

/** Messages by what was done with them or what was wrong with them, since the start. */
export type DhcpCounters = Partial<
  Record<Verdict | DhcpFault | "overload" | "not stored" | "not sent", number>
>;

export interface DhcpService {
  /** The leases that run now. */
  leases(): Lease[];
  /**
   * Takes new options without forgetting leases that fit them. The interface is opened anew, so this is also the
   * way to say that an interface was removed and made again.
   */
  reconfigure(options: DhcpOptions): void;
  stop(): void;
  counters(): DhcpCounters;
}

export interface DhcpEnvironment {
  /** The file that leases are kept in. */
  leases: string;
  log: Log;
  /** Called after a lease began, changed or was given back. That a lease runs out is not called. */
  onChange(): void;
  /** For tests. */
  openSocket?: typeof openDhcpSocket;
  now?: () => number;
}

/** How long to wait for an interface that is not there, or went away, before looking again, ms. */
const REOPEN_INTERVAL = 2000;
/** Replies that may wait for the disk at once; past it messages are dropped, as clients repeat them (RFC 2131 §4.1). */
const MAX_WAITING = 256;

/** Starts a DHCP server. An interface that is not there yet is waited for; nothing is thrown. */
export function startDhcpServer(options: DhcpOptions, environment: DhcpEnvironment): DhcpService {
  return new InterfaceServer(options, environment);
}

class InterfaceServer implements DhcpService {
  readonly #server: DhcpServer;
  readonly #file: LeaseFile;
  readonly #log: Log;
  readonly #wallClock: () => number;
  readonly #clock: ClockWatch;
  readonly #counters: DhcpCounters = {};
  #socket: DhcpSocket | undefined;
  #reopening: Timer | undefined;
  #waiting = 0;

  constructor(
    private options: DhcpOptions,
    private readonly environment: DhcpEnvironment,
  ) {
    this.#log = environment.log;
    this.#wallClock = environment.now ?? Date.now;
    this.#clock = new ClockWatch(this.#wallClock);
    const { leases, fault } = readLeases(environment.leases);
    if (fault !== undefined) this.#log.error(`${fault}; clients keep their addresses all the same`);
    this.#server = new DhcpServer(options, leases);
    this.#file = new LeaseFile(environment.leases, () => this.#server.leases());
    this.#open();
  }

  leases(): Lease[] {
    const now = this.#now();
    return this.#server.leases().filter(({ expires }) => expires > now);
  }

  counters(): DhcpCounters {
    return { ...this.#counters };
  }

  reconfigure(options: DhcpOptions): void {
    this.options = options;
    this.#server.reconfigure(options);
    this.stop();
    this.#open();
    this.environment.onChange();
  }

  stop(): void {
    clearTimeout(this.#reopening);
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** The time, in which the leases are right even when it was set. */
  #now(): number {
    const step = this.#clock.step();
    const now = this.#wallClock();
    if (step !== 0) {
      this.#server.clockSet(step, now);
      this.#file.save().catch((error) => this.#notStored(error));
    }
    return now;
  }

  #open(): void {
    const { openSocket = openDhcpSocket } = this.environment;
    const name = this.options.interface;
    try {
      const socket: DhcpSocket = openSocket(
        name,
        (bytes) => this.#socket === socket && this.#receive(bytes),
        (error) => this.#socket === socket && this.#reopenLater(error),
      );
      this.#socket = socket;
      this.#log.info(`serving ${name}, addresses ${this.#range()}`);
    } catch (error) {
      this.#reopenLater(error);
    }
  }

  #reopenLater(error: unknown): void {
    this.#log.limited("interface", `cannot serve ${this.options.interface} yet: ${error}`);
    this.stop();
    this.#reopening = setTimeout(() => this.#open(), REOPEN_INTERVAL);
  }

  #receive(bytes: Uint8Array): void {
    const message = parseDhcp(bytes);
    if (typeof message === "string") {
      this.#count(message);
      this.#log.limited(message, `a malformed message was ignored: ${message}`);
    } else if (this.#waiting >= MAX_WAITING) {
      this.#count("overload");
      this.#log.limited("overload", "more requests than the disk can take; some are left unanswered");
    } else {
      this.#settle(this.#server.receive(message, this.#now()));
    }
  }

  #settle(outcome: Outcome): void {
    const { verdict, reply, granted, former } = outcome;
    this.#count(verdict);
    this.#say(outcome);
    if (granted === undefined && former === undefined) {
      this.#send(reply);
      return;
    }
    this.#waiting++;
    this.#file
      .save()
      .catch((error) => this.#notStored(error))
      .then(() => {
        this.#waiting--;
        this.#send(reply);
        this.environment.onChange();
      });
  }

  /** The reply is sent even so: a home without addresses is worse off than one whose router may forget a lease. */
  #notStored(error: unknown): void {
    this.#count("not stored");
    this.#log.limited("store", `leases cannot be stored and would be forgotten at a restart: ${error}`);
  }

  #send(reply: Reply | undefined): void {
    if (reply === undefined || this.#socket === undefined) return;
    try {
      deliver(this.#socket, reply.destination, reply.bytes, this.options);
    } catch (error) {
      this.#count("not sent");
      this.#log.limited("send", `a reply could not be sent: ${error}`);
    }
  }

  /** New leases one by one, as a home has few; what a stranger could repeat at will at most once a minute. */
  #say({ verdict, granted, former }: Outcome): void {
    if (granted !== undefined && granted.address !== former?.address) {
      this.#log.news("leased", `leased ${described(granted)}`);
    } else if (verdict === "declined") {
      this.#log.limited(
        verdict,
        `a client found its new address ${former ? formatIPv4(former.address) : ""} in use`,
      );
    } else if (verdict === "exhausted") {
      this.#log.limited(verdict, `no address is left of ${this.#range()}; a client goes without`);
    }
  }

  #range(): string {
    return `${formatIPv4(this.options.first)} to ${formatIPv4(this.options.last)}`;
  }

  #count(kind: keyof DhcpCounters): void {
    this.#counters[kind] = (this.#counters[kind] ?? 0) + 1;
  }
}

function deliver(
  socket: DhcpSocket,
  destination: Destination,
  bytes: Uint8Array,
  options: DhcpOptions,
): void {
  const { to } = destination;
  if (to === "link") socket.broadcast(bytes);
  else if (to === "neighbour") {
    socket.sendToNeighbour(destination.mac, options.server.address, destination.address, bytes);
  } else {
    socket.sendTo(destination.address, to === "relay" ? DHCP_SERVER_PORT : DHCP_CLIENT_PORT, bytes);
  }
}

function described({ address, mac, hostName }: Lease): string {
  return `${formatIPv4(address)} to ${mac}${hostName === "" ? "" : ` (${hostName})`}`;
}

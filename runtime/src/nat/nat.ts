import type { IPv4 } from "../addr/ipv4.ts";
import { BindingTable } from "./binding-table.ts";
import { DropCounters, FAST_PATH_REFUSED, HOST_LIMIT, PORTS_EXHAUSTED } from "./drops.ts";
import { ExternalPorts, type PortRange, ROUTER_PORTS } from "./external-ports.ts";
import type { BindingVisitor, FastPath } from "./fast-path.ts";
import { type Direction, TcpSessions } from "./tcp-sessions.ts";
import { DEFAULT_TIMERS, type Timers } from "./timers.ts";
import { TCP, type Transport, UDP } from "./transport.ts";

export interface NatOptions {
  fastPath: FastPath;
  /** Uniform in [0, 1); must not be predictable from outside. */
  random(): number;
  timers?: Timers;
  heldBack?: readonly PortRange[];
  /** Bindings that one internal address may hold at once (RFC 6888 REQ-4). */
  hostLimit?: number;
}

/** A quarter of one transport's ports. */
const HOST_LIMIT_DEFAULT = 16384;

/**
 * The NAT of one external address: endpoint-independent mapping and filtering (RFC 4787 REQ-1, REQ-8). Decides and
 * remembers; the fast path carries. Times are milliseconds of any clock that never goes back, above 0.
 */
export class Nat {
  readonly drops = new DropCounters();
  readonly #table = new BindingTable();
  readonly #sessions = new TcpSessions();
  readonly #fastPath: FastPath;
  readonly #random: () => number;
  readonly #timers: Timers;
  readonly #ports: ExternalPorts;
  readonly #hostLimit: number;
  readonly #bindingsByHost = new Map<IPv4, number>();
  /** Slots bound since the last `settle`. */
  readonly #unsettled: number[] = [];
  #created = 0;
  #expired = 0;

  constructor(options: NatOptions) {
    this.#fastPath = options.fastPath;
    this.#random = options.random;
    this.#timers = options.timers ?? DEFAULT_TIMERS;
    this.#ports = new ExternalPorts(options.heldBack ?? ROUTER_PORTS);
    this.#hostLimit = options.hostLimit ?? HOST_LIMIT_DEFAULT;
  }

  /** Bindings held now, made since the start, and ended by their timer since the start. */
  get counters(): { bindings: number; created: number; expired: number } {
    return { bindings: this.#table.size, created: this.#created, expired: this.#expired };
  }

  /**
   * The external port for a packet that an internal endpoint sends, from its binding or a new one; a negative drop code
   * when there can be none. A new binding carries packets only after `settle`.
   */
  outbound(transport: Transport, address: IPv4, port: number, now: number): number {
    const slot = this.#table.find(transport, address, port);
    if (slot < 0) return this.#create(transport, address, port, now);
    this.#table.refresh(slot, now);
    return this.#table.externalPortOf(slot);
  }

  /**
   * Puts the bindings made since the last call into effect. When the fast path refuses them they are given up, so that
   * their next packets try again, and counted as drops.
   */
  settle(now: number): void {
    if (this.#unsettled.length === 0) return;
    try {
      this.#fastPath.commit();
    } catch (error) {
      for (const slot of this.#unsettled) {
        this.#release(slot, now);
        this.drops.count(FAST_PATH_REFUSED);
      }
      throw error;
    } finally {
      this.#unsettled.length = 0;
    }
  }

  /**
   * Notes a packet of an internal endpoint, seen on its way. Both directions keep a binding (RFC 4787 REQ-6 asks it of
   * outbound packets, allows it for inbound ones). `flags` are TCP's control bits, 0 for the others.
   */
  touch(
    transport: Transport,
    address: IPv4,
    port: number,
    remote: IPv4,
    remotePort: number,
    direction: Direction,
    flags: number,
    now: number,
  ): void {
    const slot = this.#table.find(transport, address, port);
    if (slot < 0) return;
    this.#table.refresh(slot, now);
    if (transport === TCP) {
      this.#sessions.follow(this.#table.externalPortOf(slot), remote, remotePort, direction, flags, now);
    }
  }

  /** Ends the bindings whose timer has run out. Throws when the fast path refuses to forget them. */
  expire(now: number): void {
    this.#sessions.expire(now, this.#timers);
    const before = this.#expired;
    this.#table.forEach((slot) => {
      if (now - this.#table.lastActiveOf(slot) < this.#timeoutOf(slot)) return;
      const { transport, address, port, externalPort } = this.#table.endpointsOf(slot);
      this.#fastPath.remove(transport, address, port, externalPort);
      this.#release(slot, now);
      this.#expired++;
    });
    if (this.#expired !== before) this.#fastPath.commit();
  }

  /** Takes over what the fast path holds from an earlier run; the timers start anew, and TCP counts as established. */
  restore(now: number): void {
    this.#fastPath.dump((transport, address, port, externalPort) => {
      const slot = this.#table.slotOf(transport, externalPort);
      if (this.#table.isBound(slot) || this.#table.find(transport, address, port) >= 0) return;
      this.#bind(slot, address, port, now);
      if (transport === TCP) this.#sessions.assumeEstablished(externalPort);
    });
  }

  /** Forgets all bindings; what the fast path holds must be flushed by the caller. */
  clear(): void {
    this.#table.clear();
    this.#sessions.clear();
    this.#bindingsByHost.clear();
    this.#unsettled.length = 0;
  }

  /** The external port an internal endpoint has, or -1; changes nothing. */
  externalPortOf(transport: Transport, address: IPv4, port: number): number {
    const slot = this.#table.find(transport, address, port);
    return slot < 0 ? -1 : this.#table.externalPortOf(slot);
  }

  /** The internal endpoint behind an external port as {address, port}, written into `into`; false when there is none. */
  internalEndpointOf(
    transport: Transport,
    externalPort: number,
    into: { address: IPv4; port: number },
  ): boolean {
    const slot = this.#table.slotOf(transport, externalPort);
    if (!this.#table.isBound(slot)) return false;
    into.address = this.#table.addressOf(slot);
    into.port = this.#table.portOf(slot);
    return true;
  }

  forEach(visit: BindingVisitor): void {
    this.#table.forEach((slot) => {
      const { transport, address, port, externalPort } = this.#table.endpointsOf(slot);
      visit(transport, address, port, externalPort);
    });
  }

  #create(transport: Transport, address: IPv4, port: number, now: number): number {
    if ((this.#bindingsByHost.get(address) ?? 0) >= this.#hostLimit) return HOST_LIMIT;
    const isFree = (candidate: number) =>
      this.#table.isFreeFor(this.#table.slotOf(transport, candidate), address, now, this.#timers.quarantine);
    const externalPort = this.#ports.choose(transport, port, isFree, this.#random);
    if (externalPort < 0) return PORTS_EXHAUSTED;
    const slot = this.#table.slotOf(transport, externalPort);
    this.#bind(slot, address, port, now);
    this.#unsettled.push(slot);
    this.#created++;
    this.#fastPath.program(transport, address, port, externalPort);
    return externalPort;
  }

  #bind(slot: number, address: IPv4, port: number, now: number): void {
    this.#table.bind(slot, address, port, now);
    this.#bindingsByHost.set(address, (this.#bindingsByHost.get(address) ?? 0) + 1);
  }

  #release(slot: number, now: number): void {
    const address = this.#table.addressOf(slot);
    this.#table.release(slot, now);
    if (this.#table.transportOf(slot) === TCP) this.#sessions.forget(this.#table.externalPortOf(slot));
    const left = (this.#bindingsByHost.get(address) ?? 0) - 1;
    if (left > 0) this.#bindingsByHost.set(address, left);
    else this.#bindingsByHost.delete(address);
  }

  #timeoutOf(slot: number): number {
    const transport = this.#table.transportOf(slot);
    if (transport === UDP) return this.#timers.udp;
    if (transport !== TCP) return this.#timers.icmpQuery;
    const isEstablished = this.#sessions.isEstablished(this.#table.externalPortOf(slot));
    return isEstablished ? this.#timers.tcpEstablished : this.#timers.tcpTransitory;
  }
}

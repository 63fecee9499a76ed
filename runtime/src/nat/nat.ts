import type { IPv4 } from "../addr/ipv4.ts";
import { BindingTable } from "./binding-table.ts";
import {
  DropCounters,
  FAST_PATH_REFUSED,
  HOST_LIMIT,
  PORTS_EXHAUSTED,
  UNSUPPORTED_PROTOCOL,
} from "./drops.ts";
import { ExternalPorts, type PortRange, ROUTER_PORTS } from "./external-ports.ts";
import type { FastPath } from "./fast-path.ts";
import type { AssociationRow, BindingRow, ListFilter, SessionRow } from "./listing.ts";
import { DEFAULT_POLICY, type NatPolicy, OPEN } from "./policy.ts";
import { type Direction, TcpSessions } from "./tcp-sessions.ts";
import { TCP, type Transport, UDP } from "./transport.ts";

export interface NatOptions {
  fastPath: FastPath;
  /** Uniform in [0, 1); must not be predictable from outside. */
  random(): number;
  heldBack?: readonly PortRange[];
  /** What holds until `configure`. */
  policy?: Partial<NatPolicy>;
}

export interface NatCounters {
  /** Dynamic bindings held now. */
  bindings: number;
  /** TCP and UDP sessions followed now. */
  sessions: number;
  /** Associations held now. */
  associations: number;
  /** Overload sessions held now. */
  overloaded: number;
  /** Bindings, overload sessions and associations made since the start. */
  created: number;
  /** Those ended by their timer since the start. */
  expired: number;
}

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
  #policy: NatPolicy;
  readonly #ports: ExternalPorts;
  readonly #bindingsByHost = new Map<IPv4, number>();
  /** Slots bound since the last `settle`. */
  readonly #unsettled: number[] = [];
  #created = 0;
  #expired = 0;

  constructor(options: NatOptions) {
    this.#fastPath = options.fastPath;
    this.#random = options.random;
    this.#policy = { ...DEFAULT_POLICY, ...options.policy };
    this.#ports = new ExternalPorts(options.heldBack ?? ROUTER_PORTS);
  }

  get counters(): NatCounters {
    return {
      bindings: this.#table.size,
      sessions: this.#sessions.size,
      associations: 0,
      overloaded: 0,
      created: this.#created,
      expired: this.#expired,
    };
  }

  /**
   * Puts a policy into effect: bindings that it leaves no room for end, those whose filtering it changes go on under the
   * new one. Throws when the fast path refuses; the bindings concerned are then given up.
   */
  configure(policy: NatPolicy, _now: number): void {
    this.#policy = policy;
  }

  /**
   * The external port for a packet that an internal endpoint sends, from its binding or a new one; a negative drop code
   * when there can be none. Where ports are exhausted, it is the port of an overload session towards the remote endpoint
   * (both 0 for ICMP queries). What is new carries packets only after `settle`.
   */
  outbound(
    transport: Transport,
    address: IPv4,
    port: number,
    _remote: IPv4,
    _remotePort: number,
    now: number,
  ): number {
    const slot = this.#table.find(transport, address, port);
    if (slot < 0) return this.#create(transport, address, port, now);
    this.#table.refresh(slot, now);
    return this.#table.externalPortOf(slot);
  }

  /** Lets a host use an IP protocol without ports towards a remote address: 0, or a drop code. Effective after `settle`. */
  associate(_protocol: number, _address: IPv4, _remote: IPv4, _now: number): number {
    return UNSUPPORTED_PROTOCOL;
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
   * outbound packets, allows it for inbound ones). `flags` are TCP's control bits, 0 for the others; `bytes` is the length
   * on the wire of all the segments it stands for.
   */
  touch(
    transport: Transport,
    address: IPv4,
    port: number,
    remote: IPv4,
    remotePort: number,
    direction: Direction,
    flags: number,
    _bytes: number,
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
    this.settle(now);
    this.#sessions.expire(now, this.#policy.timers);
    const before = this.#expired;
    this.#table.forEach((slot) => {
      if (now - this.#table.lastActiveOf(slot) < this.#timeoutOf(slot)) return;
      const { transport, address, port, externalPort } = this.#table.endpointsOf(slot);
      this.#fastPath.remove(transport, address, port, externalPort, OPEN);
      this.#release(slot, now);
      this.#expired++;
    });
    if (this.#expired !== before) this.#fastPath.commit();
  }

  /** Takes over what the fast path holds from an earlier run; the timers start anew, and TCP counts as established. */
  restore(now: number): void {
    this.#fastPath.dump({
      binding: (transport, address, port, externalPort) => {
        const slot = this.#table.slotOf(transport, externalPort);
        if (this.#table.isBound(slot) || this.#table.find(transport, address, port) >= 0) return;
        this.#bind(slot, address, port, now);
        if (transport === TCP) this.#sessions.assumeEstablished(externalPort);
      },
      session: () => {},
      association: () => {},
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

  /**
   * Visits up to `limit` bindings that match, forwards among them, from `cursor` on (0 at first). Returns the cursor to go
   * on with, or -1 at the end. Looks at a bounded number of slots, so that a call may visit none and not be the last.
   */
  listBindings(
    filter: ListFilter,
    _cursor: number,
    _limit: number,
    visit: (row: BindingRow) => void,
  ): number {
    this.#table.forEach((slot) => {
      const { transport, address, port, externalPort } = this.#table.endpointsOf(slot);
      if (filter.transport !== undefined && filter.transport !== transport) return;
      if (filter.host !== undefined && filter.host !== address) return;
      const lastActive = this.#table.lastActiveOf(slot);
      visit({
        transport,
        address,
        port,
        externalPort,
        kind: "dynamic",
        filtering: OPEN,
        created: lastActive,
        lastActive,
        upBytes: 0,
        downBytes: 0,
      });
    });
    return -1;
  }

  /** Visits sessions of TCP and UDP likewise. */
  listSessions(
    _filter: ListFilter,
    _cursor: number,
    _limit: number,
    _visit: (row: SessionRow) => void,
  ): number {
    return -1;
  }

  /** Visits associations likewise; `transport` means nothing here. */
  listAssociations(
    _filter: ListFilter,
    _cursor: number,
    _limit: number,
    _visit: (row: AssociationRow) => void,
  ): number {
    return -1;
  }

  #create(transport: Transport, address: IPv4, port: number, now: number): number {
    if ((this.#bindingsByHost.get(address) ?? 0) >= this.#policy.hostLimit) return HOST_LIMIT;
    const isFree = (candidate: number) =>
      this.#table.isFreeFor(
        this.#table.slotOf(transport, candidate),
        address,
        now,
        this.#policy.timers.quarantine,
      );
    const externalPort = this.#ports.choose(transport, port, isFree, this.#random);
    if (externalPort < 0) return PORTS_EXHAUSTED;
    const slot = this.#table.slotOf(transport, externalPort);
    this.#bind(slot, address, port, now);
    this.#unsettled.push(slot);
    this.#created++;
    this.#fastPath.program(transport, address, port, externalPort, OPEN);
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
    if (transport === UDP) return this.#policy.timers.udp;
    if (transport !== TCP) return this.#policy.timers.icmpQuery;
    const isEstablished = this.#sessions.isEstablished(this.#table.externalPortOf(slot));
    return isEstablished ? this.#policy.timers.tcpEstablished : this.#policy.timers.tcpTransitory;
  }
}

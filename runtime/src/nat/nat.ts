import type { IPv4 } from "../addr/ipv4.ts";
import { Associations } from "./associations.ts";
import { externalPortOfSlot, slotOf } from "./binding-table.ts";
import { Bindings } from "./bindings.ts";
import { DropCounters, FAST_PATH_REFUSED, PORTS_EXHAUSTED } from "./drops.ts";
import { Engine } from "./engine.ts";
import { type PortRange, ROUTER_PORTS } from "./external-ports.ts";
import type { FastPath } from "./fast-path.ts";
import {
  type AssociationRow,
  type BindingRow,
  type ListFilter,
  listAssociations,
  listBindings,
  listSessions,
  type SessionRow,
} from "./listing.ts";
import { OverloadSessions } from "./overload.ts";
import { DEFAULT_POLICY, type NatPolicy } from "./policy.ts";
import type { Direction } from "./session-state.ts";
import { Translations } from "./translations.ts";
import { ICMP_QUERY, type Transport } from "./transport.ts";

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
  /** TCP and UDP sessions followed now, overload sessions among them. */
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

/** Entries ended in one turn: a few milliseconds' work for the fast path. */
const ENDS_PER_TURN = 256;
/** Sessions ended in one turn: that is the engine's own work only, below a millisecond. */
const SESSION_ENDS_PER_TURN = 4096;

/**
 * The NAT of one external address: endpoint-independent mapping (RFC 4787 REQ-1), filtering as each host likes it (REQ-8).
 * Decides and remembers; the fast path carries. Times are milliseconds of any clock that never goes back, above 0.
 */
export class Nat {
  readonly drops = new DropCounters();
  readonly translations: Translations;
  readonly #engine: Engine;
  readonly #bindings: Bindings;
  readonly #overload: OverloadSessions;
  readonly #associations: Associations;
  /** What was made since the last `settle`, by slot. */
  readonly #unsettled = { bindings: [] as number[], sessions: [] as number[], associations: [] as number[] };
  #isConfigured: boolean;
  #created = 0;
  #expired = 0;

  constructor({ fastPath, random, heldBack = ROUTER_PORTS, policy }: NatOptions) {
    this.#engine = new Engine(fastPath, random, { ...DEFAULT_POLICY, ...policy });
    this.#bindings = new Bindings(this.#engine, heldBack);
    this.#overload = new OverloadSessions(this.#engine);
    this.#associations = new Associations(this.#engine);
    const { table } = this.#bindings;
    this.translations = new Translations(this.#engine, table, this.#overload, this.#associations);
    this.#isConfigured = policy !== undefined;
    if (this.#isConfigured) this.#bindings.reconcile(1);
  }

  get counters(): NatCounters {
    return {
      bindings: this.#bindings.table.size,
      sessions: this.#bindings.sessions.size + this.#overload.size,
      associations: this.#associations.size,
      overloaded: this.#overload.size,
      created: this.#created,
      expired: this.#expired,
    };
  }

  /**
   * Puts a policy into effect: what it leaves no room for ends, bindings whose filtering it changes go on under the new one.
   * After a restart call `restore` first. Throws when the fast path refuses; call it again then.
   */
  configure(policy: NatPolicy, now: number): void {
    this.settle(now);
    this.#engine.policy = policy;
    this.#isConfigured = true;
    this.#reconcile(now);
  }

  /**
   * The external port for a packet that an internal endpoint sends, from its binding or a new one; a negative drop code
   * when there can be none. Where ports are exhausted, it is the port of an overload session towards the remote endpoint
   * (both 0 for ICMP queries); a host with an external address of its own keeps its port. What is new carries packets only
   * after `settle`.
   */
  outbound(
    transport: Transport,
    address: IPv4,
    port: number,
    remote: IPv4,
    remotePort: number,
    now: number,
  ): number {
    const { table } = this.#bindings;
    const slot = table.find(transport, address, port);
    if (slot >= 0) {
      table.activity.refresh(slot, now);
      return externalPortOfSlot(slot);
    }
    const session = this.#overload.find(transport, address, port, remote, remotePort);
    if (session >= 0) {
      this.#overload.activity.refresh(session, now);
      return this.#overload.externalPortOf(session);
    }
    if (this.#engine.isMapped(address)) return port;
    return this.#create(transport, address, port, remote, remotePort, now);
  }

  /** Lets a host use an IP protocol without ports towards a remote address: 0, or a drop code. Effective after `settle`. */
  associate(protocol: number, address: IPv4, remote: IPv4, now: number): number {
    if (this.#engine.isMapped(address)) return 0;
    const before = this.#associations.size;
    const slot = this.#associations.associate(protocol, address, remote, now);
    if (slot < 0) return slot;
    if (this.#associations.size > before) {
      this.#unsettled.associations.push(slot);
      this.#created++;
    }
    return 0;
  }

  /**
   * Puts what was made since the last call into effect. When the fast path refuses it is all given up, so that the next
   * packets try again, and counted as drops.
   */
  settle(now: number): void {
    const { bindings, sessions, associations } = this.#unsettled;
    const count = bindings.length + sessions.length + associations.length;
    if (count === 0) return;
    try {
      this.#engine.fastPath.commit();
    } catch (error) {
      for (const slot of bindings) this.#bindings.giveUp(slot, now);
      for (const session of sessions) this.#overload.giveUp(session);
      for (const slot of associations) this.#associations.giveUp(slot);
      for (let i = 0; i < count; i++) this.drops.count(FAST_PATH_REFUSED);
      throw error;
    } finally {
      this.#forgetUnsettled();
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
    bytes: number,
    now: number,
  ): void {
    const { table, sessions } = this.#bindings;
    const slot = table.find(transport, address, port);
    if (slot >= 0) {
      table.activity.count(slot, direction, bytes, now);
      if (transport !== ICMP_QUERY) sessions.follow(slot, remote, remotePort, direction, flags, bytes, now);
      return;
    }
    const session = this.#overload.find(transport, address, port, remote, remotePort);
    if (session >= 0) this.#overload.follow(session, direction, flags, bytes, now);
  }

  /** Notes a packet of an IP protocol without ports between a host and a remote address, in either direction. */
  touchAssociation(protocol: number, address: IPv4, remote: IPv4, now: number): void {
    const slot = this.#associations.find(protocol, remote);
    if (slot >= 0 && this.#associations.addressOf(slot) === address)
      this.#associations.activity.refresh(slot, now);
  }

  /**
   * Ends what has run out of time, a bounded number at once: true when there may be more, and the next call should come
   * after the packets that wait. Throws when the fast path refuses to forget.
   */
  expire(now: number): boolean {
    this.settle(now);
    // Before the bindings, whose time depends on them.
    const { timers } = this.#engine.policy;
    const sessions = this.#bindings.sessions.expire(now, timers, SESSION_ENDS_PER_TURN);
    let left = ENDS_PER_TURN;
    left -= this.#bindings.expire(now, left);
    left -= this.#overload.expire(now, left);
    left -= this.#associations.expire(now, left);
    this.#expired += ENDS_PER_TURN - left;
    if (left < ENDS_PER_TURN) this.#engine.fastPath.commit();
    return left === 0 || sessions === SESSION_ENDS_PER_TURN;
  }

  /**
   * Takes over what the fast path holds from an earlier run; the timers start anew, and TCP counts as established. What does
   * not fit is removed there. Throws when the fast path refuses.
   */
  restore(now: number): void {
    const { fastPath } = this.#engine;
    fastPath.dump({
      binding: (transport, address, port, externalPort, filtering) =>
        this.#bindings.adopt(transport, address, port, externalPort, filtering, now),
      session: (transport, address, port, externalPort, remote, remotePort) => {
        if (!this.#overload.adopt(transport, address, port, externalPort, remote, remotePort, now))
          fastPath.removeSession(transport, address, port, externalPort, remote, remotePort);
      },
      association: (protocol, address, remote) => {
        if (!this.#associations.adopt(protocol, address, remote, now))
          fastPath.removeAssociation(protocol, address, remote);
      },
    });
    fastPath.commit();
    if (this.#isConfigured) this.#reconcile(now);
  }

  /** The external address is another's now: forgets all but the policy's forwards. The caller flushes the fast path. */
  clear(): void {
    this.#bindings.clear();
    this.#overload.clear();
    this.#associations.clear();
    this.#engine.shares.clear();
    this.#forgetUnsettled();
  }

  /**
   * Visits up to `limit` bindings that match, forwards among them, from `cursor` on (0 at first). Returns the cursor to go
   * on with, or -1 at the end. Looks at a bounded number of slots, so that a call may visit none and not be the last.
   */
  listBindings(filter: ListFilter, cursor: number, limit: number, visit: (row: BindingRow) => void): number {
    return listBindings(this.#bindings.table, filter, cursor, limit, visit);
  }

  /** Visits sessions of TCP and UDP likewise. */
  listSessions(filter: ListFilter, cursor: number, limit: number, visit: (row: SessionRow) => void): number {
    return listSessions(this.#bindings, this.#overload, filter, cursor, limit, visit);
  }

  /** Visits associations likewise; `transport` means nothing here. */
  listAssociations(
    filter: ListFilter,
    cursor: number,
    limit: number,
    visit: (row: AssociationRow) => void,
  ): number {
    return listAssociations(this.#associations, filter, cursor, limit, visit);
  }

  #create(
    transport: Transport,
    address: IPv4,
    port: number,
    remote: IPv4,
    remotePort: number,
    now: number,
  ): number {
    // A binding would change the ports of the overload sessions that the endpoint has.
    const isOverloaded = this.#overload.has(transport, address, port);
    const slot = isOverloaded ? PORTS_EXHAUSTED : this.#bindings.create(transport, address, port, now);
    if (slot >= 0) {
      this.#unsettled.bindings.push(slot);
      this.#created++;
      return externalPortOfSlot(slot);
    }
    if (slot !== PORTS_EXHAUSTED || transport === ICMP_QUERY) return slot;
    const isTaken = (externalPort: number) => this.#bindings.table.isBound(slotOf(transport, externalPort));
    const session = this.#overload.create(transport, address, port, remote, remotePort, isTaken, now);
    if (session < 0) return session;
    this.#unsettled.sessions.push(session);
    this.#created++;
    return this.#overload.externalPortOf(session);
  }

  /** Ends overload sessions and associations that the policy leaves no room for, and lets the bindings follow it. */
  #reconcile(now: number): void {
    this.#bindings.reconcile(now);
    const { table } = this.#bindings;
    this.#overload.endWhere(
      (transport, address, port, externalPort) =>
        this.#engine.isMapped(address) ||
        table.isBound(slotOf(transport, externalPort)) ||
        table.find(transport, address, port) >= 0,
    );
    this.#associations.endWhere((address) => this.#engine.isMapped(address));
    this.#engine.fastPath.commit();
  }

  #forgetUnsettled(): void {
    for (const slots of Object.values(this.#unsettled)) slots.length = 0;
  }
}

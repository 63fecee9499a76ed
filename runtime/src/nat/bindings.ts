import type { IPv4 } from "../addr/ipv4.ts";
import { BINDING_SLOTS, BindingTable, externalPortOfSlot, slotOf, transportOfSlot } from "./binding-table.ts";
import { HOST_LIMIT, PORTS_EXHAUSTED } from "./drops.ts";
import type { Engine } from "./engine.ts";
import { ExternalPorts, type PortRange } from "./external-ports.ts";
import type { Filtering, Forward } from "./policy.ts";
import { Sessions } from "./sessions.ts";
import { TCP, type Transport, UDP } from "./transport.ts";

/** Bindings moved in one commit when the policy changes. */
const MOVES_PER_COMMIT = 256;

/**
 * Makes and ends bindings, in the table and in the fast path, where they take effect at the caller's commit. Forwards are
 * bindings, too, but never in the fast path: the ruleset carries them.
 */
export class Bindings {
  readonly table: BindingTable;
  readonly sessions: Sessions;
  readonly #engine: Engine;
  readonly #ports: ExternalPorts;

  constructor(engine: Engine, heldBack: readonly PortRange[]) {
    this.#engine = engine;
    this.table = new BindingTable(engine.hash);
    this.sessions = new Sessions(engine.hash);
    this.#ports = new ExternalPorts(heldBack);
  }

  /** Binds an internal endpoint that has no binding: the slot, or a drop code. */
  create(transport: Transport, address: IPv4, port: number, now: number): number {
    const { policy, random } = this.#engine;
    if (this.#engine.isOverHostLimit(address)) return HOST_LIMIT;
    this.#ports.wake(now, policy.timers.quarantine);
    // What comes in for a free port is the DMZ host's: it may have those of others at once.
    const externalPort = this.#ports.choose(transport, port, address, address === policy.dmz, random);
    if (externalPort < 0) return PORTS_EXHAUSTED;
    const slot = slotOf(transport, externalPort);
    const filtering = this.#engine.filteringOf(transport, address);
    this.#bind(slot, address, port, filtering, now);
    this.#program(slot);
    return slot;
  }

  /** Takes over a binding that the fast path holds. One that others stand in the way of is removed there, and those are renewed. */
  adopt(
    transport: Transport,
    address: IPv4,
    port: number,
    externalPort: number,
    filtering: Filtering,
    now: number,
  ): void {
    const { table } = this;
    const slot = slotOf(transport, externalPort);
    const other = table.find(transport, address, port);
    if (!table.isBound(slot) && other < 0) {
      this.#bind(slot, address, port, filtering, now);
      if (transport === TCP) this.sessions.assumeEstablished(slot);
      return;
    }
    if (slot === other && table.isDynamic(slot) && table.filteringOf(slot) === filtering) return;
    this.#engine.fastPath.remove(transport, address, port, externalPort, filtering);
    // What is carried for one endpoint may have been removed with it.
    for (const kept of new Set([slot, other])) if (kept >= 0 && table.isDynamic(kept)) this.#renew(kept);
  }

  /** Ends up to `limit` dynamic bindings whose timer has run out; how many. */
  expire(now: number, limit: number): number {
    this.#ports.wake(now, this.#engine.policy.timers.quarantine);
    let ended = 0;
    const { table } = this;
    for (
      let slot = table.nextBound(0, BINDING_SLOTS);
      slot >= 0;
      slot = table.nextBound(slot + 1, BINDING_SLOTS)
    ) {
      if (!table.isDynamic(slot) || now - table.activity.lastActiveAt(slot) < this.#timeoutOf(slot)) continue;
      this.end(slot, now);
      if (++ended === limit) break;
    }
    return ended;
  }

  /** Ends a dynamic binding; its port rests. */
  end(slot: number, now: number): void {
    this.#remove(slot);
    this.giveUp(slot, now);
  }

  /** Forgets a dynamic binding that the fast path does not hold; its port rests all the same. */
  giveUp(slot: number, now: number): void {
    const address = this.table.addressOf(slot);
    this.#release(slot);
    this.#ports.rest(slot, address, now);
  }

  /** Forgets all but the forwards, ports that rest too; the fast path is not told. */
  clear(): void {
    this.#ports.clear();
    this.#forEach((slot) => {
      if (this.table.isDynamic(slot)) {
        this.#release(slot);
      } else {
        this.sessions.endOf(slot);
        this.#ports.take(slot);
      }
    });
  }

  /** Makes forwards and bindings what the engine's policy says, and commits. Throws when the fast path refuses. */
  reconcile(now: number): void {
    const forwards = new Map(
      this.#engine.policy.forwards.map((forward) => [
        slotOf(forward.transport, forward.externalPort),
        forward,
      ]),
    );
    this.#forEach((slot) => {
      const forward = forwards.get(slot);
      if (!this.table.isForward(slot)) return;
      if (forward === undefined || !this.#isOf(slot, forward.address, forward.port))
        this.#unforward(slot, now);
    });
    for (const [slot, forward] of forwards)
      if (!this.table.isForward(slot)) this.#forward(slot, forward, now);
    this.#reviewDynamic(now);
  }

  #forward(slot: number, { transport, address, port }: Forward, now: number): void {
    const { table } = this;
    if (table.isBound(slot) && this.#isOf(slot, address, port)) {
      this.#remove(slot);
      table.keepAsForward(slot);
      this.#engine.shares.give(address);
      return;
    }
    if (table.isBound(slot)) this.end(slot, now);
    const other = table.find(transport, address, port);
    if (other >= 0) this.end(other, now);
    this.#ports.take(slot);
    table.forward(slot, address, port, now);
  }

  #unforward(slot: number, now: number): void {
    const address = this.table.addressOf(slot);
    this.table.release(slot);
    this.sessions.endOf(slot);
    this.#ports.rest(slot, address, now);
  }

  /** Ends the bindings of hosts with an address of their own and moves those whose host is filtered otherwise now. */
  #reviewDynamic(now: number): void {
    const moved: number[] = [];
    this.#forEach((slot) => {
      const address = this.table.addressOf(slot);
      if (!this.table.isDynamic(slot)) return;
      if (this.#engine.isMapped(address)) {
        this.end(slot, now);
        return;
      }
      const filtering = this.#engine.filteringOf(transportOfSlot(slot), address);
      if (filtering === this.table.filteringOf(slot)) return;
      this.#remove(slot);
      this.table.refilter(slot, filtering);
      this.#program(slot);
      if (moved.push(slot) === MOVES_PER_COMMIT) this.#commit(moved, now);
    });
    this.#commit(moved, now);
  }

  /** Commits; bindings just moved that the fast path refuses are given up, so that their next packets try again. */
  #commit(moved: number[], now: number): void {
    try {
      this.#engine.fastPath.commit();
    } catch (error) {
      for (const slot of moved) this.giveUp(slot, now);
      throw error;
    } finally {
      moved.length = 0;
    }
  }

  #isOf(slot: number, address: IPv4, port: number): boolean {
    return this.table.addressOf(slot) === address && this.table.portOf(slot) === port;
  }

  #bind(slot: number, address: IPv4, port: number, filtering: Filtering, now: number): void {
    this.#ports.take(slot);
    this.table.bind(slot, address, port, filtering, now);
    this.#engine.shares.take(address);
  }

  #release(slot: number): void {
    this.#engine.shares.give(this.table.addressOf(slot));
    this.table.release(slot);
    this.sessions.endOf(slot);
  }

  #renew(slot: number): void {
    this.#remove(slot);
    this.#program(slot);
  }

  /** Puts a dynamic binding into the fast path. */
  #program(slot: number): void {
    const { table } = this;
    this.#engine.fastPath.program(
      transportOfSlot(slot),
      table.addressOf(slot),
      table.portOf(slot),
      externalPortOfSlot(slot),
      table.filteringOf(slot),
    );
  }

  /** Removes one from it. */
  #remove(slot: number): void {
    const { table } = this;
    this.#engine.fastPath.remove(
      transportOfSlot(slot),
      table.addressOf(slot),
      table.portOf(slot),
      externalPortOfSlot(slot),
      table.filteringOf(slot),
    );
  }

  /** Visits every bound slot; the visitor may release it. */
  #forEach(visit: (slot: number) => void): void {
    const { table } = this;
    for (
      let slot = table.nextBound(0, BINDING_SLOTS);
      slot >= 0;
      slot = table.nextBound(slot + 1, BINDING_SLOTS)
    )
      visit(slot);
  }

  #timeoutOf(slot: number): number {
    const { timers } = this.#engine.policy;
    const transport = transportOfSlot(slot);
    if (transport === UDP) return timers.udp;
    if (transport !== TCP) return timers.icmpQuery;
    return this.sessions.isEstablished(slot) ? timers.tcpEstablished : timers.tcpTransitory;
  }
}

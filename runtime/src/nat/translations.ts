import type { IPv4 } from "../addr/ipv4.ts";
import type { Associations } from "./associations.ts";
import { type BindingTable, externalPortOfSlot, slotOf } from "./binding-table.ts";
import type { Engine } from "./engine.ts";
import type { OverloadSessions } from "./overload.ts";
import type { Transport } from "./transport.ts";

/** What is translated into what now, both ways; asking changes nothing and keeps nothing alive. */
export class Translations {
  readonly #engine: Engine;
  readonly #table: BindingTable;
  readonly #overload: OverloadSessions;
  readonly #associations: Associations;

  constructor(engine: Engine, table: BindingTable, overload: OverloadSessions, associations: Associations) {
    this.#engine = engine;
    this.#table = table;
    this.#overload = overload;
    this.#associations = associations;
  }

  /** The external port that an internal endpoint is bound or forwarded to, or -1. */
  externalPortOf(transport: Transport, address: IPv4, port: number): number {
    const slot = this.#table.find(transport, address, port);
    return slot < 0 ? -1 : externalPortOfSlot(slot);
  }

  /** The external port of an overload session, or -1. */
  overloadPortOf(
    transport: Transport,
    address: IPv4,
    port: number,
    remote: IPv4,
    remotePort: number,
  ): number {
    const session = this.#overload.find(transport, address, port, remote, remotePort);
    return session < 0 ? -1 : this.#overload.externalPortOf(session);
  }

  /** The internal endpoint behind an external port as {address, port}, written into `into`; false when there is none. */
  internalEndpointOf(
    transport: Transport,
    externalPort: number,
    into: { address: IPv4; port: number },
  ): boolean {
    const table = this.#table;
    const slot = slotOf(transport, externalPort);
    if (!table.isBound(slot)) return false;
    into.address = table.addressOf(slot);
    into.port = table.portOf(slot);
    return true;
  }

  /** Likewise for the overload session that a remote endpoint has with an external port. */
  overloadEndpointOf(
    transport: Transport,
    externalPort: number,
    remote: IPv4,
    remotePort: number,
    into: { address: IPv4; port: number },
  ): boolean {
    const session = this.#overload.findExternal(transport, externalPort, remote, remotePort);
    if (session < 0) return false;
    into.address = this.#overload.addressOf(session);
    into.port = this.#overload.portOf(session);
    return true;
  }

  /** The host that a protocol's packets from a remote address belong to, or undefined. */
  associatedHost(protocol: number, remote: IPv4): IPv4 | undefined {
    const slot = this.#associations.find(protocol, remote);
    return slot < 0 ? undefined : this.#associations.addressOf(slot);
  }

  /** The external address of a 1:1 mapped host, or undefined. */
  mappedExternal(internal: IPv4): IPv4 | undefined {
    return this.#engine.externalOf(internal);
  }

  /** The host that a further external address is mapped to, or undefined. */
  mappedInternal(external: IPv4): IPv4 | undefined {
    return this.#engine.internalOf(external);
  }

  /** Whether the host gets what comes in for ports that nothing has. */
  isDmz(address: IPv4): boolean {
    return this.#engine.policy.dmz === address;
  }
}

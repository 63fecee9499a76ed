import type { IPv4 } from "../addr/ipv4.ts";
import type { Filtering } from "./policy.ts";
import type { Transport } from "./transport.ts";

/** Receives one binding: the internal endpoint, the external port (or ICMP identifier) it has, and whom it lets in. */
export type BindingVisitor = (
  transport: Transport,
  internalAddress: IPv4,
  internalPort: number,
  externalPort: number,
  filtering: Filtering,
) => void;

/** Receives one overload session: an internal endpoint, and the external port it has towards one remote endpoint. */
export type SessionVisitor = (
  transport: Transport,
  internalAddress: IPv4,
  internalPort: number,
  externalPort: number,
  remote: IPv4,
  remotePort: number,
) => void;

/** Receives one association: the host that an IP protocol other than TCP, UDP and ICMP is translated for, towards one remote address. */
export type AssociationVisitor = (protocol: number, internalAddress: IPv4, remote: IPv4) => void;

/** What a fast path holds, one by one. */
export interface FastPathVisitor {
  binding: BindingVisitor;
  session: SessionVisitor;
  association: AssociationVisitor;
}

/**
 * What carries the packets of known bindings, overload sessions and associations. Its state outlives the engine, so it is
 * also where they are kept over a restart. Changes take effect at `commit`, all or none.
 */
export interface FastPath {
  program: BindingVisitor;
  /** The binding as it was programmed. */
  remove: BindingVisitor;
  programSession: SessionVisitor;
  removeSession: SessionVisitor;
  programAssociation: AssociationVisitor;
  removeAssociation: AssociationVisitor;
  /** Puts the gathered changes into effect, removals first. Throws when the carrier refuses them; then no addition holds. */
  commit(): void;
  /** Visits all that is programmed. */
  dump(visitor: FastPathVisitor): void;
}

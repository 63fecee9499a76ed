import type { IPv4 } from "../addr/ipv4.ts";
import type { Transport } from "./transport.ts";

/** Receives one binding: the internal endpoint and the external port (or ICMP identifier) it has. */
export type BindingVisitor = (
  transport: Transport,
  internalAddress: IPv4,
  internalPort: number,
  externalPort: number,
) => void;

/**
 * What carries the packets of known bindings. Its state outlives the engine, so it is also where bindings are kept
 * over a restart. Changes take effect at `commit`, all or none.
 */
export interface FastPath {
  program: BindingVisitor;
  remove: BindingVisitor;
  /** Puts the gathered changes into effect. Throws when the carrier refuses them; then none of them holds. */
  commit(): void;
  /** Visits every binding that is programmed. */
  dump(visit: BindingVisitor): void;
}

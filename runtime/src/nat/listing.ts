import type { IPv4 } from "../addr/ipv4.ts";
import type { Filtering } from "./policy.ts";
import type { SessionState } from "./session-state.ts";
import type { Transport } from "./transport.ts";

/** Which rows a listing is about; all where nothing is said. */
export interface ListFilter {
  /** The internal address. */
  host?: IPv4;
  transport?: Transport;
}

/** One binding. Times are the engine's milliseconds; bytes are IP packets' lengths as the tap saw them. */
export interface BindingRow {
  transport: Transport;
  address: IPv4;
  port: number;
  externalPort: number;
  kind: "dynamic" | "forward";
  filtering: Filtering;
  /** When it was made, or taken over by this engine. */
  created: number;
  /** When a packet last used it. */
  lastActive: number;
  upBytes: number;
  downBytes: number;
}

/** One session: a binding, forward or overload session towards one remote endpoint. */
export interface SessionRow {
  transport: Transport;
  address: IPv4;
  port: number;
  externalPort: number;
  remote: IPv4;
  remotePort: number;
  state: SessionState;
  /** Its external port is shared with sessions towards other remote endpoints. */
  overloaded: boolean;
  created: number;
  lastActive: number;
  upBytes: number;
  downBytes: number;
}

/** One association. */
export interface AssociationRow {
  /** An IP protocol number; `ASSOCIATION_NAMES` has its name. */
  protocol: number;
  address: IPv4;
  remote: IPv4;
  created: number;
  lastActive: number;
}

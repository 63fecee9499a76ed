import type { IPv4 } from "../addr/ipv4.ts";
import { type Associations, MAX_ASSOCIATIONS } from "./associations.ts";
import {
  BINDING_SLOTS,
  type BindingTable,
  externalPortOfSlot,
  slotOf,
  transportOfSlot,
} from "./binding-table.ts";
import type { Bindings } from "./bindings.ts";
import { MAX_OVERLOADED, type OverloadSessions } from "./overload.ts";
import type { Filtering } from "./policy.ts";
import { type SessionState, stateName } from "./session-state.ts";
import { MAX_SESSIONS } from "./sessions.ts";
import type { Transport } from "./transport.ts";

/** Slots looked at in one call: 0.4 ms, so that listing never stalls the packets. */
const MAX_SLOTS = 65536;

/** Which rows a listing is about; all where nothing is said. */
export interface ListFilter {
  /** The internal address. */
  host?: IPv4 | undefined;
  transport?: Transport | undefined;
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

/**
 * Calls `list` with slots from `cursor` on until it has said `limit` times that it visited a row, at most MAX_SLOTS slots
 * and not past `end`. Returns the cursor to go on with, or -1 at the end.
 */
function page(cursor: number, end: number, limit: number, list: (slot: number) => boolean): number {
  const last = Math.min(end, cursor + MAX_SLOTS);
  let rows = 0;
  let slot = cursor;
  while (slot < last && rows < limit) if (list(slot++)) rows++;
  return slot < end ? slot : -1;
}

export function listBindings(
  table: BindingTable,
  { host, transport }: ListFilter,
  cursor: number,
  limit: number,
  visit: (row: BindingRow) => void,
): number {
  const start = transport === undefined ? cursor : Math.max(cursor, slotOf(transport, 0));
  const end = transport === undefined ? BINDING_SLOTS : slotOf(transport, 65535) + 1;
  return page(start, end, limit, (slot) => {
    if (!table.isBound(slot) || (host !== undefined && table.addressOf(slot) !== host)) return false;
    visit({
      transport: transportOfSlot(slot),
      address: table.addressOf(slot),
      port: table.portOf(slot),
      externalPort: externalPortOfSlot(slot),
      kind: table.isForward(slot) ? "forward" : "dynamic",
      filtering: table.filteringOf(slot),
      ...table.activity.report(slot),
    });
    return true;
  });
}

/** The sessions of bindings come first, then the overload sessions. */
export function listSessions(
  bindings: Bindings,
  overload: OverloadSessions,
  filter: ListFilter,
  cursor: number,
  limit: number,
  visit: (row: SessionRow) => void,
): number {
  return page(cursor, MAX_SESSIONS + MAX_OVERLOADED, limit, (slot) => {
    const row =
      slot < MAX_SESSIONS
        ? sessionRow(bindings, slot, filter)
        : overloadRow(overload, slot - MAX_SESSIONS, filter);
    if (row !== undefined) visit(row);
    return row !== undefined;
  });
}

export function listAssociations(
  associations: Associations,
  { host }: ListFilter,
  cursor: number,
  limit: number,
  visit: (row: AssociationRow) => void,
): number {
  return page(cursor, MAX_ASSOCIATIONS, limit, (slot) => {
    const address = associations.addressOf(slot);
    if (!associations.isTaken(slot) || (host !== undefined && address !== host)) return false;
    const { created, lastActive } = associations.activity.report(slot);
    const remote = associations.remoteOf(slot);
    visit({ protocol: associations.protocolOf(slot), address, remote, created, lastActive });
    return true;
  });
}

function sessionRow(
  { table, sessions }: Bindings,
  session: number,
  filter: ListFilter,
): SessionRow | undefined {
  if (!sessions.isTaken(session)) return undefined;
  const slot = sessions.bindingOf(session);
  const transport = transportOfSlot(slot);
  const address = table.addressOf(slot);
  if (!matches(filter, transport, address)) return undefined;
  return {
    transport,
    address,
    port: table.portOf(slot),
    externalPort: externalPortOfSlot(slot),
    remote: sessions.remoteOf(session),
    remotePort: sessions.remotePortOf(session),
    state: stateName(transport, sessions.stateOf(session)),
    overloaded: false,
    ...sessions.activity.report(session),
  };
}

function overloadRow(
  overload: OverloadSessions,
  session: number,
  filter: ListFilter,
): SessionRow | undefined {
  if (!overload.isTaken(session)) return undefined;
  const transport = overload.transportOf(session);
  const address = overload.addressOf(session);
  if (!matches(filter, transport, address)) return undefined;
  return {
    transport,
    address,
    port: overload.portOf(session),
    externalPort: overload.externalPortOf(session),
    remote: overload.remoteOf(session),
    remotePort: overload.remotePortOf(session),
    state: stateName(transport, overload.stateOf(session)),
    overloaded: true,
    ...overload.activity.report(session),
  };
}

function matches({ host, transport }: ListFilter, ofTransport: Transport, address: IPv4): boolean {
  return (transport === undefined || transport === ofTransport) && (host === undefined || host === address);
}

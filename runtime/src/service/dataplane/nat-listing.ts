import { formatIPv4, parseIPv4 } from "../../addr/ipv4.ts";
import type { ListFilter } from "../../nat/listing.ts";
import type { Nat } from "../../nat/nat.ts";
import { FILTERING_NAMES } from "../../nat/policy.ts";
import { ASSOCIATION_NAMES, TRANSPORT_NAMES, type Transport } from "../../nat/transport.ts";
import {
  type AssociationRow,
  type BindingRow,
  type ListRequest,
  MAX_ROWS,
  type SessionRow,
} from "./listing.ts";
import type { Report } from "./protocol.ts";

type Listing = Extract<Report, { type: "listing" }>;

/** One page of what the engine holds. The engine bounds how much it looks through, so that no packet waits for it. */
export function listingOf(nat: Nat, request: ListRequest, now: number): Listing {
  const { what, after = 0, limit = MAX_ROWS } = request;
  const filter = filterOf(request);
  const page = <Row>(rows: Row[], cursor: number) =>
    ({ type: "listing", rows, next: cursor < 0 ? null : cursor }) as const;
  if (what === "bindings") {
    const rows: BindingRow[] = [];
    const cursor = nat.listBindings(filter, after, limit, (row) => {
      const { kind, filtering } = row;
      rows.push({ ...endpoints(row), kind, filtering: FILTERING_NAMES[filtering], ...use(row, now) });
    });
    return { what, ...page(rows, cursor) };
  }
  if (what === "sessions") {
    const rows: SessionRow[] = [];
    const cursor = nat.listSessions(filter, after, limit, (row) => {
      const { remote, remotePort, state, overloaded } = row;
      const far = { remoteAddress: formatIPv4(remote), remotePort };
      rows.push({ ...endpoints(row), ...far, state, overloaded, ...use(row, now) });
    });
    return { what, ...page(rows, cursor) };
  }
  const rows: AssociationRow[] = [];
  const cursor = nat.listAssociations(filter, after, limit, (row) => {
    const protocol = ASSOCIATION_NAMES.get(row.protocol);
    if (protocol === undefined) return;
    const addresses = { internalAddress: formatIPv4(row.address), remoteAddress: formatIPv4(row.remote) };
    rows.push({ protocol, ...addresses, ...times(row, now) });
  });
  return { what, ...page(rows, cursor) };
}

function filterOf({ host, transport }: ListRequest): ListFilter {
  return {
    // What is no address has nothing, as 0.0.0.0 has.
    ...(host === undefined ? {} : { host: parseIPv4(host) ?? 0 }),
    ...(transport === undefined ? {} : { transport: TRANSPORT_NAMES.indexOf(transport) as Transport }),
  };
}

function endpoints(row: { transport: Transport; address: number; port: number; externalPort: number }) {
  return {
    transport: TRANSPORT_NAMES[row.transport],
    internalAddress: formatIPv4(row.address),
    internalPort: row.port,
    externalPort: row.externalPort,
  };
}

function times({ created, lastActive }: { created: number; lastActive: number }, now: number) {
  return { ageMs: Math.round(now - created), idleMs: Math.round(now - lastActive) };
}

function use(row: { created: number; lastActive: number; upBytes: number; downBytes: number }, now: number) {
  return { ...times(row, now), upBytes: row.upBytes, downBytes: row.downBytes };
}

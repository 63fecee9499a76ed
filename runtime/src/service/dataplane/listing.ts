import { type Static, Type } from "@sinclair/typebox";

/** What can be listed, and the rows. Times are milliseconds, bytes lengths of IP packets on the home's side. */
export const Listed = Type.Union([
  Type.Literal("bindings"),
  Type.Literal("sessions"),
  Type.Literal("associations"),
]);
export type Listed = Static<typeof Listed>;

/** Rows of one answer at most. */
export const MAX_ROWS = 1000;

const TransportName = Type.Union([Type.Literal("tcp"), Type.Literal("udp"), Type.Literal("icmp")]);

export const ListRequest = Type.Object({
  type: Type.Literal("list"),
  what: Listed,
  /** Of one internal address only. */
  host: Type.Optional(Type.String()),
  /** Of one transport only; means nothing for associations. */
  transport: Type.Optional(TransportName),
  /** Go on where an earlier answer's `next` says. */
  after: Type.Optional(Type.Integer({ minimum: 0 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_ROWS })),
});
export type ListRequest = Static<typeof ListRequest>;

const Endpoints = {
  transport: TransportName,
  internalAddress: Type.String(),
  /** A port, or an ICMP query's identifier. */
  internalPort: Type.Number(),
  externalPort: Type.Number(),
};

const Use = {
  /** Since it was made, or taken over after a restart. */
  ageMs: Type.Number(),
  idleMs: Type.Number(),
  upBytes: Type.Number(),
  downBytes: Type.Number(),
};

export const BindingRow = Type.Object({
  ...Endpoints,
  kind: Type.Union([Type.Literal("dynamic"), Type.Literal("forward")]),
  filtering: Type.Union([Type.Literal("open"), Type.Literal("address"), Type.Literal("address-and-port")]),
  ...Use,
});
export type BindingRow = Static<typeof BindingRow>;

export const SessionRow = Type.Object({
  ...Endpoints,
  remoteAddress: Type.String(),
  remotePort: Type.Number(),
  /** UDP's are always "active". */
  state: Type.Union([
    Type.Literal("opening"),
    Type.Literal("established"),
    Type.Literal("closing"),
    Type.Literal("reset"),
    Type.Literal("active"),
  ]),
  /** Its external port is shared with sessions towards other remote endpoints. */
  overloaded: Type.Boolean(),
  ...Use,
});
export type SessionRow = Static<typeof SessionRow>;

export const AssociationRow = Type.Object({
  protocol: Type.Union([
    Type.Literal("ipip"),
    Type.Literal("6in4"),
    Type.Literal("gre"),
    Type.Literal("esp"),
    Type.Literal("sctp"),
  ]),
  internalAddress: Type.String(),
  remoteAddress: Type.String(),
  ageMs: Type.Number(),
  idleMs: Type.Number(),
});
export type AssociationRow = Static<typeof AssociationRow>;

/** The rows of what is listed. */
export interface Rows {
  bindings: BindingRow;
  sessions: SessionRow;
  associations: AssociationRow;
}

const listing = <
  What extends Listed,
  Row extends typeof BindingRow | typeof SessionRow | typeof AssociationRow,
>(
  what: What,
  row: Row,
) =>
  Type.Object({
    type: Type.Literal("listing"),
    what: Type.Literal(what),
    rows: Type.Array(row),
    /** Where to go on; null at the end. An answer may have fewer rows than asked for, none even, and not be the last. */
    next: Type.Union([Type.Number(), Type.Null()]),
  });

export const BindingListing = listing("bindings", BindingRow);
export const SessionListing = listing("sessions", SessionRow);
export const AssociationListing = listing("associations", AssociationRow);

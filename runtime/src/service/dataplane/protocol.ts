import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

/**
 * What control plane and data plane say to each other over the Unix socket: one JSON value a line. Addresses are dotted
 * decimal, times milliseconds since the Unix epoch, sums cumulative since the data plane's start.
 */

// IFNAMSIZ is 16 with the closing zero. Fewer characters than the kernel allows: these mean nothing to nft inside quotes.
const InterfaceName = Type.String({ pattern: "^[A-Za-z0-9_.:-]{1,15}$" });

export const DataplaneConfig = Type.Object({
  /** The provider's side; null while it has no address. */
  wan: Type.Union([Type.Null(), Type.Object({ interface: InterfaceName, address: Type.String() })]),
  /** The home's side, each with the router's own address and prefix length: "192.168.77.1/24". */
  lans: Type.Array(Type.Object({ interface: InterfaceName, address: Type.String() }), { maxItems: 64 }),
  path: Type.Union([Type.Literal("offload"), Type.Literal("inline")]),
});
export type DataplaneConfig = Static<typeof DataplaneConfig>;

export const Request = Type.Union([
  Type.Object({ type: Type.Literal("configure"), config: DataplaneConfig }),
  Type.Object({ type: Type.Literal("list-bindings") }),
]);
export type Request = Static<typeof Request>;

/** What is wrong with a configuration: the path of the field, such as "wan.address", and why. */
export const Fault = Type.Object({ field: Type.String(), reason: Type.String() });
export type Fault = Static<typeof Fault>;

const Traffic = Type.Object({
  mac: Type.String(),
  upBytes: Type.Number(),
  downBytes: Type.Number(),
  upPackets: Type.Number(),
  downPackets: Type.Number(),
});

const Binding = Type.Object({
  transport: Type.Union([Type.Literal("tcp"), Type.Literal("udp"), Type.Literal("icmp")]),
  internalAddress: Type.String(),
  internalPort: Type.Number(),
  externalPort: Type.Number(),
});

export const Report = Type.Union([
  Type.Object({ type: Type.Literal("configured") }),
  Type.Object({ type: Type.Literal("refused"), faults: Type.Array(Fault) }),
  /** The devices whose sums changed in the last interval, and after connecting all of them once. */
  Type.Object({
    type: Type.Literal("traffic"),
    at: Type.Number(),
    intervalMs: Type.Number(),
    devices: Type.Array(Traffic),
  }),
  /** Once a second. */
  Type.Object({
    type: Type.Literal("counters"),
    nat: Type.Object({
      bindings: Type.Number(),
      created: Type.Number(),
      expired: Type.Number(),
      drops: Type.Record(Type.String(), Type.Number()),
    }),
    /** Packets the queue had no room for; null where the kernel does not tell (its table is root's). */
    queue: Type.Object({ dropped: Type.Union([Type.Number(), Type.Null()]) }),
    tap: Type.Object({ frames: Type.Number(), dropped: Type.Number() }),
  }),
  Type.Object({ type: Type.Literal("bindings"), bindings: Type.Array(Binding) }),
]);
export type Report = Static<typeof Report>;

/** The value when it fits `schema`, else every fault it has. */
export function checked<T extends TSchema>(
  schema: T,
  value: unknown,
): { ok: true; value: Static<T> } | { ok: false; faults: Fault[] } {
  if (Value.Check(schema, value)) return { ok: true, value };
  const faults = [...Value.Errors(schema, value)].map(({ path, message }) => ({
    field: path.slice(1).replaceAll("/", "."),
    reason: message,
  }));
  return { ok: false, faults };
}

import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { DataplaneConfig, MacAddress } from "./configuration/schema.ts";
import { AssociationListing, BindingListing, ListRequest, SessionListing } from "./listing.ts";

/**
 * What control plane and data plane say to each other over the Unix socket: one JSON value a line. Addresses are dotted
 * decimal, times milliseconds since the Unix epoch, sums cumulative since the data plane's start.
 */

export { DataplaneConfig };

export const Request = Type.Union([
  Type.Object({ type: Type.Literal("configure"), config: DataplaneConfig }),
  ListRequest,
  /** Forget what is recorded of a device, by its MAC address, or of all: captures and feed. */
  Type.Object({ type: Type.Literal("forget"), device: Type.Optional(MacAddress) }),
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

export const Report = Type.Union([
  Type.Object({ type: Type.Literal("configured") }),
  Type.Object({ type: Type.Literal("refused"), faults: Type.Array(Fault) }),
  /** What was to be forgotten is. */
  Type.Object({ type: Type.Literal("forgotten") }),
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
      sessions: Type.Number(),
      associations: Type.Number(),
      /** Sessions that share external ports because there were none left. */
      overloaded: Type.Number(),
      created: Type.Number(),
      expired: Type.Number(),
      drops: Type.Record(Type.String(), Type.Number()),
    }),
    /** Packets the queues had no room for; null where the kernel does not tell (its table is root's). */
    queue: Type.Object({ dropped: Type.Union([Type.Number(), Type.Null()]) }),
    tap: Type.Object({ frames: Type.Number(), dropped: Type.Number() }),
    /**
     * Packets that met a BPF program instead of the rules; why there is none, null where nothing is in its way. A data plane of
     * before this, which an upgrade has yet to replace, does not tell.
     */
    accelerator: Type.Optional(
      Type.Object({
        refused: Type.Union([Type.Null(), Type.String()]),
        outPackets: Type.Number(),
        inPackets: Type.Number(),
      }),
    ),
  }),
  BindingListing,
  SessionListing,
  AssociationListing,
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

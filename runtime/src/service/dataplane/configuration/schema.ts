import { type Static, Type } from "@sinclair/typebox";

// IFNAMSIZ is 16 with the closing zero. Fewer characters than the kernel allows: these mean nothing to nft inside quotes.
const InterfaceName = Type.String({ pattern: "^[A-Za-z0-9_.:-]{1,15}$" });

// Ranges and addresses are left to `parseConfiguration`, which tells every fault at once.
const FilteringName = Type.Union([
  Type.Literal("open"),
  Type.Literal("address"),
  Type.Literal("address-and-port"),
]);

/** Seconds without a packet; each is the engine's default where it is not said. */
const Timers = Type.Partial(
  Type.Object({
    udp: Type.Number(),
    /** A TCP session being opened or closed. */
    tcpTransitory: Type.Number(),
    tcpEstablished: Type.Number(),
    icmpQuery: Type.Number(),
    association: Type.Number(),
    /** How long a port just freed rests before another host gets it. */
    quarantine: Type.Number(),
  }),
);

/** External ports `first` to `last`, both included, that lead to the host `address`, at its ports from `port` on. */
const Forward = Type.Object({
  protocol: Type.Union([Type.Literal("tcp"), Type.Literal("udp"), Type.Literal("both")]),
  first: Type.Number(),
  last: Type.Number(),
  address: Type.String(),
  port: Type.Number(),
});

/** Lower-case, with colons. */
export const MacAddress = Type.String({ pattern: "^[0-9a-f]{2}(:[0-9a-f]{2}){5}$" });

/** What is kept of the frames that the tap sees. */
export const RecordingConfig = Type.Object({
  /** Devices of which nothing is kept but their sums as of every device; one that is added is forgotten at once. */
  notRecorded: Type.Array(MacAddress, { maxItems: 1024 }),
  /** Bytes of frames kept of each device, 0 for none. */
  captureBytes: Type.Number({ minimum: 0, maximum: 1e9 }),
  /** Bytes of all of them: as many devices have a capture as fit. An eighth of the machine's memory is the limit of all. */
  captureTotalBytes: Type.Number({ minimum: 0 }),
});
export type RecordingConfig = Static<typeof RecordingConfig>;

/** What the data plane shall do. Addresses are dotted decimal; what is optional is off, or the engine's default. */
export const DataplaneConfig = Type.Object({
  /** The provider's side; null while it has no address. */
  wan: Type.Union([
    Type.Null(),
    Type.Object({
      interface: InterfaceName,
      address: Type.String(),
      /** Bytes of the largest IP packet there, 576 to 65535; TCP's segments are kept within it. */
      mtu: Type.Optional(Type.Number()),
    }),
  ]),
  /** The home's side, each with the router's own address and prefix length: "192.168.77.1/24". */
  lans: Type.Array(Type.Object({ interface: InterfaceName, address: Type.String() }), { maxItems: 64 }),
  path: Type.Union([Type.Literal("offload"), Type.Literal("inline")]),
  timers: Type.Optional(Timers),
  /** Bindings and overload sessions that one host may hold at once. */
  hostLimit: Type.Optional(Type.Number()),
  filtering: Type.Optional(
    Type.Object({
      default: FilteringName,
      hosts: Type.Array(Type.Object({ address: Type.String(), filtering: FilteringName })),
    }),
  ),
  forwards: Type.Optional(Type.Array(Forward)),
  /** The host that gets what nothing else is there for. */
  dmz: Type.Optional(Type.Union([Type.Null(), Type.String()])),
  /** Hosts with an external address of their own. */
  mapped: Type.Optional(Type.Array(Type.Object({ external: Type.String(), internal: Type.String() }))),
  /** Hosts whose every packet passes the rules, which refuse or limit some of it. */
  byRules: Type.Optional(Type.Array(Type.String())),
  recording: Type.Optional(RecordingConfig),
});
export type DataplaneConfig = Static<typeof DataplaneConfig>;

import { type Static, type TObject, type TProperties, Type } from "@sinclair/typebox";
import { Bytes, Count, Nullable, OneOf, Shape, Span } from "./shape.ts";

const Port = (description: string) => Type.Integer({ minimum: 0, maximum: 65_535, description });
const Filtering = OneOf(
  ["open", "address", "address-and-port"],
  "Who may send to the device through a port it opened (RFC 4787 section 5). open: everyone; address: the hosts it " +
    "has sent to; address-and-port: only the very ports it has sent to",
);

/** What every row says besides its own. */
const common = {
  device: Type.Union(
    [
      Shape(
        {
          mac: Type.String({ description: "Hardware address" }),
          name: Type.String({ description: "Best name known; empty when there is none" }),
        },
        "The device at the internal address",
      ),
      Type.Null(),
    ],
    { description: "The device at the internal address; null when none is known there" },
  ),
  internalAddress: Type.String({ description: "The device's IPv4 address at home" }),
  ageMs: Span("Since it was made"),
  idleMs: Span("Since its last packet"),
};
const volumes = {
  upBytes: Bytes("Sent to the Internet"),
  downBytes: Bytes("Received from the Internet"),
};
const INTERNAL_PORT = "Port the device uses; of a ping its identifier";
const EXTERNAL_PORT = "Port of the Internet address that stands for it";

export const NatBinding = Shape(
  {
    ...common,
    transport: OneOf(["tcp", "udp", "icmp"], "Protocol; icmp: pings and other queries"),
    internalPort: Port(INTERNAL_PORT),
    externalPort: Port(EXTERNAL_PORT),
    kind: OneOf(
      ["dynamic", "forward"],
      "dynamic: opened by the device; forward: by the configuration, for good",
    ),
    filtering: Filtering,
    ...volumes,
  },
  "A port of the Internet address that leads to a device, for every remote host (RFC 4787)",
);

export const NatSession = Shape(
  {
    ...common,
    transport: OneOf(["tcp", "udp", "icmp"], "Protocol"),
    internalPort: Port(INTERNAL_PORT),
    externalPort: Port(EXTERNAL_PORT),
    remoteAddress: Type.String({ description: "IPv4 address of the other side" }),
    remotePort: Port("Port of the other side"),
    state: OneOf(
      ["opening", "established", "closing", "reset", "active"],
      "How far a TCP connection is; udp has no states and is always active",
    ),
    overloaded: Type.Boolean({
      description: "Shares its external port with sessions to other remote ends, as no port was free",
    }),
    ...volumes,
  },
  "A connection: what a device says to one remote end",
);

export const NatAssociation = Shape(
  {
    ...common,
    protocol: OneOf(["gre", "esp", "sctp", "6in4", "ipip"], "Protocol without translated ports"),
    remoteAddress: Type.String({ description: "IPv4 address of the other side" }),
  },
  "A tunnel or the like: the one device that talks to a remote address with this protocol",
);

const PageOf = <P extends TProperties>(row: TObject<P>) =>
  Shape(
    {
      rows: Type.Array(row, { description: "In no particular order" }),
      next: Nullable(
        Type.Integer({
          minimum: 0,
          description:
            "Where the rest begins: ask again with after=…; null at the end. Rows may be fewer than asked for",
        }),
      ),
    },
    "A part of the list",
  );
export const NatBindings = PageOf(NatBinding);
export const NatSessions = PageOf(NatSession);
export const NatAssociations = PageOf(NatAssociation);

export const NatSummary = Shape(
  {
    state: OneOf(["running", "stopped"], "Stopped: connections that exist go on, new ones wait"),
    path: OneOf(
      ["offload", "inline"],
      "offload: the kernel carries known flows; inline: every packet's head is decided in user space",
    ),
    bindings: Count("Bindings that exist now"),
    sessions: Count("Sessions that exist now"),
    associations: Count("Tunnels and the like that exist now"),
    overloaded: Count("Sessions that share a port because none was free"),
    created: Count("Bindings made since the data plane started"),
    expired: Count("Bindings whose time ran out since then"),
    accelerator: Shape(
      {
        packets: Count("Packets of open bindings that were carried past the rules since then"),
        refused: Nullable(
          Type.String({ description: "Why the programs are off; null: nothing is in their way" }),
        ),
      },
      "BPF programs that carry the plain packets of open bindings",
    ),
    refused: Type.Array(
      Shape(
        {
          reason: Type.String({ description: "Name of the reason" }),
          count: Count("Packets since the data plane started"),
          text: Type.String({ description: "What happened, for people" }),
          hint: Type.String({ description: "What it means; may be empty" }),
        },
        "Packets refused for one reason",
      ),
      { description: "Most frequent first; reasons that never happened are left out" },
    ),
  },
  "Address translation as a whole",
);

export const NatDevice = Shape(
  {
    mac: Type.String({ description: "Hardware address" }),
    type: OneOf(
      ["open", "moderate", "strict"],
      "What consoles call the NAT type. open: everyone can answer; moderate: only whom the device has sent to; " +
        "strict: it ran out of ports, so that some of its connections share one",
    ),
    filtering: Filtering,
    bindings: Count("Ports it has opened"),
    sessions: Count("Its connections"),
    overloaded: Count("Those of them that share a port"),
    limit: Count("Ports it may have open at once (RFC 6888 REQ-4)"),
  },
  "How one device gets through the address translation",
);

export type NatBinding = Static<typeof NatBinding>;
export type NatSession = Static<typeof NatSession>;
export type NatAssociation = Static<typeof NatAssociation>;
export type NatSummary = Static<typeof NatSummary>;
export type NatDevice = Static<typeof NatDevice>;
export interface NatRows {
  bindings: NatBinding;
  sessions: NatSession;
  associations: NatAssociation;
}

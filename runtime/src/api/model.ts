import { type Static, Type } from "@sinclair/typebox";

import { Bytes, Milliseconds, Nullable, OneOf, Shape } from "./shape.ts";
import { TrialStatus } from "./trial-model.ts";

export const Wan = Shape(
  {
    state: OneOf(
      ["online", "no-port", "no-cable", "no-address", "disabled"],
      "How far the way to the Internet is open. no-port: the machine has no Ethernet port for it; no-cable: the " +
        "port has no carrier; no-address: the provider has given none yet; disabled: switched off by the owner",
    ),
    interface: Nullable(Type.String({ description: "Kernel name of the port" })),
    mac: Nullable(Type.String({ description: "Hardware address of the port" })),
    address: Nullable(Type.String({ description: "IPv4 address with prefix length, from the provider" })),
    gateway: Nullable(Type.String({ description: "The provider's router" })),
    dns: Type.Array(Type.String(), { description: "Name servers given by the provider" }),
    since: Nullable(Milliseconds("When this state began")),
  },
  "The way to the Internet",
);

export const LanPort = Shape(
  {
    name: Type.String({ description: "Kernel name of the port" }),
    carrier: Type.Boolean({ description: "A device at the other end of the cable is switched on" }),
    speedMbit: Nullable(Type.Integer({ minimum: 0, description: "Negotiated speed, Mbit/s" })),
  },
  "One Ethernet port of the home network",
);

export const Lan = Shape(
  {
    interface: Type.String({ description: "Kernel name of the bridge" }),
    address: Type.String({ description: "The router's own address with prefix length" }),
    ports: Type.Array(LanPort),
    clash: Nullable(
      Type.String({
        description: "Set when the home network had to move away from the provider's: what was done",
      }),
    ),
  },
  "The home network by cable",
);

export const Wifi = Shape(
  {
    state: OneOf(
      ["on", "off", "no-radio", "not-configured", "failed"],
      "State of the access point. no-radio: no Wi-Fi hardware was found; not-configured: there is a radio, but no " +
        "network was set up; failed: it did not start",
    ),
    name: Nullable(Type.String({ description: "Network name (SSID)" })),
    radio: Nullable(Type.String({ description: "Kernel name of the radio" })),
    explanation: Type.String({ description: "One sentence for people: what this state means, what to do" }),
  },
  "The home network by radio",
);

export const Nat = Shape(
  {
    state: OneOf(["running", "stopped"], "Stopped: connections that exist go on, new ones wait"),
    path: OneOf(
      ["offload", "inline"],
      "offload: the kernel carries known flows; inline: every packet's head is decided in user space",
    ),
    bindings: Type.Integer({ minimum: 0, description: "Bindings that exist now (RFC 4787)" }),
    drops: Type.Integer({ minimum: 0, description: "Packets refused since start" }),
  },
  "Address translation",
);

export const Notice = Shape(
  {
    id: Type.String({ description: "Stable for as long as the cause lasts" }),
    severity: OneOf(["info", "warning", "error"], "How much it matters"),
    text: Type.String({ description: "What happened" }),
    hint: Type.String({ description: "What it means or what to do; may be empty" }),
  },
  "Something the owner should know that no state of wan, lan, wifi or nat says already",
);

export const Status = Shape(
  {
    version: Type.String({ description: "Version of the software" }),
    hostName: Type.String({ description: "The router's name" }),
    routerAddress: Type.String({ description: "The router's address in the home network" }),
    uptimeSeconds: Type.Integer({ minimum: 0, description: "Seconds since the router started" }),
    time: Milliseconds("The router's clock"),
    wan: Wan,
    lan: Lan,
    wifi: Wifi,
    nat: Nat,
    trial: Type.Union([TrialStatus, Type.Null()], { description: "Null: no change is being tried" }),
    notices: Type.Array(Notice),
  },
  "Everything about the router itself",
);

export const Device = Shape(
  {
    mac: Type.String({
      description: "Hardware address, lower-case and colon-separated; identifies the device",
    }),
    name: Type.String({ description: "Best name known for people; empty when there is none" }),
    hostName: Nullable(Type.String({ description: "What the device calls itself (DHCP option 12)" })),
    address: Nullable(Type.String({ description: "IPv4 address in the home network" })),
    ipv6: Type.Array(Type.String(), {
      description: "IPv6 addresses it has used lately, but for link-local ones; privacy addresses among them",
    }),
    vendor: Nullable(
      Type.String({ description: "Maker by the IEEE register, or that the address is a private one" }),
    ),
    connected: Type.Boolean({ description: "Seen in the network now" }),
    port: Nullable(Type.String({ description: "Port or radio it was last seen on" })),
    network: Nullable(Type.String({ description: "Network of the home it was last seen in" })),
    firstSeen: Milliseconds("First time seen"),
    lastSeen: Milliseconds("Last time seen"),
    leaseExpires: Nullable(Milliseconds("End of the DHCP lease")),
    upBytes: Bytes("Sent to the Internet since the router started"),
    downBytes: Bytes("Received from the Internet since the router started"),
  },
  "A device of the home",
);

export const Volume = { up: Bytes("Towards the Internet, bytes"), down: Bytes("From the Internet, bytes") };

export const TrafficEvent = Shape(
  {
    type: Type.Literal("traffic"),
    at: Milliseconds("End of the interval"),
    intervalMs: Type.Integer({
      minimum: 1,
      description: "Length of the interval; longer for a client that reads slowly",
    }),
    total: Shape(Volume, "All devices"),
    devices: Type.Array(
      Shape({ mac: Type.String(), ...Volume }, "One device; those without traffic are left out"),
    ),
  },
  "Bytes that crossed the home's border in one interval, ten times a second",
);
export const StatusEvent = Shape(
  { type: Type.Literal("status"), status: Status },
  "Sent at the start, on every change and at least every five seconds",
);
export const DevicesEvent = Shape(
  { type: Type.Literal("devices"), devices: Type.Array(Device) },
  "Sent at the start and on every change",
);
export const NoticesEvent = Shape(
  { type: Type.Literal("notices") },
  "What is worth a look, or what of it is silenced, is another now: those who may see it can ask for it",
);
export const LiveEvent = Type.Union([TrafficEvent, StatusEvent, DevicesEvent, NoticesEvent], {
  description: "One message of the live stream, by its type",
});

const Tally = (description: string) =>
  Type.Record(Type.String(), Type.Integer({ minimum: 0 }), { description });

export const Counters = Shape(
  {
    dhcp: Tally("DHCP messages by what was done with them or what was wrong with them"),
    dns: Tally("DNS messages, likewise"),
    nat: Tally("Bindings made and expired, and packets refused by reason"),
    tap: Tally("Frames seen on the home's bridge, and those the kernel could not hand over"),
  },
  "What was counted since the part of the program that counts it started; kinds that never happened are left out",
);

export const Fault = Shape(
  {
    error: Type.String({ description: "What happened" }),
    hint: Type.String({ description: "What to do" }),
    fields: Type.Optional(
      Type.Array(
        Shape(
          {
            field: Type.String({ description: "Name of the parameter" }),
            reason: Type.String({ description: "What it takes" }),
          },
          "One parameter of the request that could not be used",
        ),
      ),
    ),
    faults: Type.Optional(
      Type.Array(
        Shape(
          {
            path: Type.String({ description: "The field, as lans.0.address; empty for the whole document" }),
            message: Type.String({ description: "What is wrong with it" }),
            fix: Type.String({ description: "What to do about it" }),
          },
          "One field of the document that cannot be as it is",
        ),
      ),
    ),
  },
  "A request that could not be answered",
);

export type Wan = Static<typeof Wan>;
export type LanPort = Static<typeof LanPort>;
export type Lan = Static<typeof Lan>;
export type Wifi = Static<typeof Wifi>;
export type Nat = Static<typeof Nat>;
export type Notice = Static<typeof Notice>;
export type Status = Static<typeof Status>;
export type Device = Static<typeof Device>;
export type TrafficEvent = Static<typeof TrafficEvent>;
export type LiveEvent = Static<typeof LiveEvent>;
export type Counters = Static<typeof Counters>;
export type Fault = Static<typeof Fault>;

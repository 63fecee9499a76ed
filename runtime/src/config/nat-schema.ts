import { Type } from "@sinclair/typebox";
import { Address, Host, MacAddress, object, oneOf, Port, Ports } from "./fields.ts";

const filtering = (options: object) =>
  oneOf([Type.Literal("open"), Type.Literal("address"), Type.Literal("address-and-port")], {
    expects: "open, address or address-and-port",
    ...options,
  });

const Exception = Type.Object(
  {
    mac: MacAddress("The device's hardware address."),
    filtering: filtering({ description: "Who may answer this device." }),
  },
  { additionalProperties: false, expects: "a device with mac and filtering" },
);

const Forward = Type.Object(
  {
    name: Type.Optional(
      Type.String({
        maxLength: 64,
        description: "What it is for, in the owner's words.",
        expects: "a text of at most 64 characters",
      }),
    ),
    protocol: oneOf([Type.Literal("tcp"), Type.Literal("udp"), Type.Literal("both")], {
      default: "both",
      description: "The protocol whose ports are meant.",
      expects: "tcp, udp or both",
    }),
    external: {
      ...Ports,
      description: "The port of the router's Internet address, or a range of them.",
    } as typeof Ports,
    to: { ...Host, description: "The device that gets what arrives there." } as typeof Host,
    port: Type.Optional(
      Type.Integer({
        ...Port,
        description: "The device's port; of a range, the first. Left out: the same as outside.",
        expects: "a port from 1 to 65535",
      }),
    ),
  },
  { additionalProperties: false, expects: "a forward with external and to" },
);

const Mapped = Type.Object(
  {
    external: {
      ...Address,
      description: "A further Internet address that the provider gave, not the router's own.",
    } as typeof Address,
    to: { ...Host, description: "The device that has this address towards the Internet." } as typeof Host,
  },
  { additionalProperties: false, expects: "a pair with external and to" },
);

/** Seconds; the least is what the RFC requires. */
const timer = (least: number, usual: number, source: string, description: string) =>
  Type.Integer({
    minimum: least,
    maximum: 604_800,
    default: usual,
    description: `${description} (${source}), in seconds.`,
    expects: `a whole number of seconds from ${least} to 604800 (7 days)`,
  });

const Timers = object(
  {
    udp: timer(120, 300, "RFC 4787 REQ-5", "How long a UDP binding without packets is kept"),
    tcpEstablished: timer(7440, 7440, "RFC 5382 REQ-5", "The same for an open TCP connection"),
    tcpTransitory: timer(240, 240, "RFC 5382 REQ-5", "The same for one being opened or closed"),
    icmpQuery: timer(60, 60, "RFC 5508 REQ-2", "The same for a ping"),
  },
  "How long what says nothing is remembered.",
);

export const Nat = object(
  {
    path: oneOf([Type.Literal("offload"), Type.Literal("inline")], {
      default: "offload",
      description:
        "offload: the kernel carries every flow the engine has decided; inline: the engine sees every packet.",
      expects: "offload or inline",
    }),
    filtering: filtering({
      default: "open",
      description:
        "Who may answer a device through a port it opened. open: everyone (full cone, best for games and calls); address: the hosts it has sent to; address-and-port: only the very ports it has sent to.",
    }),
    devices: Type.Array(Exception, {
      default: [],
      maxItems: 1024,
      description: "Devices with another filtering than the rest.",
      expects: "a list of at most 1024 devices",
    }),
    forwards: Type.Array(Forward, {
      default: [],
      maxItems: 256,
      description: "Ports of the Internet address that always lead to a device.",
      expects: "a list of at most 256 forwards",
    }),
    dmz: oneOf([Type.Null(), ...Host.anyOf], {
      default: null,
      description: "The device that gets everything nobody asked for; null: it is refused.",
      expects: `null, or ${Host.expects as string}`,
    }),
    mapped: Type.Array(Mapped, {
      default: [],
      maxItems: 64,
      description: "Devices with an Internet address of their own (1:1 mapping).",
      expects: "a list of at most 64 pairs",
    }),
    timers: Timers,
    deviceLimit: Type.Integer({
      minimum: 256,
      maximum: 65_536,
      default: 16_384,
      description:
        "How many bindings one device may have at once, so that none takes all ports (RFC 6888 REQ-4).",
      expects: "a whole number from 256 to 65536",
    }),
  },
  "Address translation.",
);

import { type Static, Type } from "@sinclair/typebox";
import { Address, Auto, type Host, LABEL, Label, object, oneOf, ShortName } from "./fields.ts";
import { Lan } from "./lan-schema.ts";
import { Nat } from "./nat-schema.ts";
import { Devices, Groups, Pinholes, Rules } from "./policy-schema.ts";
import { Traffic } from "./traffic-schema.ts";
import { Wan } from "./wan-schema.ts";
import { Wifi } from "./wifi-schema.ts";

/** The form of the document that this program writes; `migrate.ts` brings older ones to it. */
export const VERSION = 2;

const Dns = object(
  {
    upstreams: oneOf([Auto, Type.Array(Address, { uniqueItems: true, minItems: 1, maxItems: 8 })], {
      default: "auto",
      description: "The servers that names are asked of; auto: those the provider names.",
      expects: "auto, or a list of 1 to 8 different IPv4 addresses",
    }),
  },
  "Name resolution.",
);

/** RFC 4193: fd00::/8 and 40 random bits. */
const ULA = "^fd[0-9a-f]{2}:[0-9a-f]{1,4}:[0-9a-f]{1,4}::/48$";

const Ipv6 = object(
  {
    enabled: Type.Boolean({
      default: true,
      description: "Whether the home has IPv6, as far as the provider gives it.",
      expects: "true or false",
    }),
    ula: oneOf([Auto, Type.String({ pattern: ULA })], {
      default: "auto",
      description:
        "The home's own prefix, which works without a provider (RFC 4193); auto: one that is made once and kept.",
      expects: "auto, or a prefix such as fd12:3456:789a::/48",
    }),
    pinholes: Pinholes,
  },
  "IPv6.",
);

/**
 * The one document that says what the router shall be. Every field has a description and, but for `version`, a default;
 * the custom keyword `expects` says in a fault what the field takes, and `secret` keeps its value out of it.
 */
export const ConfigSchema = Type.Object(
  {
    version: Type.Literal(VERSION, { description: "The form of this document.", expects: `${VERSION}` }),
    hostname: Label({ default: "gatehouse", description: "The router's own name." }),
    domain: Type.String({
      pattern: `^${LABEL}(\\.${LABEL})*$`,
      maxLength: 190,
      default: "lan",
      description: "The domain that the names at home end in.",
      expects: "a domain name such as lan or home.arpa, in lower case",
    }),
    timezone: Type.String({
      pattern: "^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}$",
      maxLength: 64,
      default: "UTC",
      description: "The time zone that hours are meant in.",
      expects: "a time zone's name such as Europe/Berlin",
    }),
    wans: Type.Array(Wan, {
      default: [{}],
      maxItems: 4,
      description:
        "The ways to the Internet, the preferred one first; the next is used while those before it fail.",
      expects: "a list of at most 4 ways to the Internet",
    }),
    lans: Type.Array(Lan, {
      default: [{}],
      minItems: 1,
      maxItems: 16,
      description: "The networks of the home; the first is its owner's.",
      expects: "a list of 1 to 16 networks",
    }),
    rules: Rules,
    discovery: Type.Array(ShortName({}), {
      default: [],
      uniqueItems: true,
      maxItems: 16,
      description:
        "The networks whose devices find each other's services, such as printers (multicast DNS, RFC 6762).",
      expects: "a list of different names of networks",
    }),
    dns: Dns,
    ipv6: Ipv6,
    nat: Nat,
    groups: Groups,
    devices: Devices,
    traffic: Traffic,
    wifi: Wifi,
  },
  { description: "The configuration of the router.", additionalProperties: false, expects: "a document" },
);

/** A configuration whose every field is present and whose parts agree, as `parseConfig` returns it. */
export type Config = Static<typeof ConfigSchema>;
export type WanConfig = Config["wans"][number];
export type LanConfig = Config["lans"][number];
/** An address of a LAN: absolute in dotted decimal, or its number counted from the network's first address. */
export type HostAddress = Static<typeof Host>;

import { type Static, Type } from "@sinclair/typebox";
import { Address, Auto, Host, Interface, IPV4, LABEL, Label, MacAddress, object, oneOf } from "./fields.ts";
import { Nat } from "./nat-schema.ts";
import { Traffic } from "./traffic-schema.ts";

/**
 * The one document that says what the router shall be. Every field has a description and, but for `version`, a default;
 * the custom keyword `expects` says in a fault what the field takes, and `secret` keeps its value out of it.
 */

const Reservation = Type.Object(
  {
    mac: MacAddress("The device's hardware address."),
    address: { ...Host, description: "The address it always gets." } as typeof Host,
    name: Type.Optional(
      Label({ description: "The name it is known by, in place of the one it gives itself." }),
    ),
  },
  { additionalProperties: false, expects: "a reservation with mac and address" },
);

const PoolBound = (which: string) =>
  oneOf([Auto, ...Host.anyOf], {
    default: "auto",
    description: `The ${which} address handed out; auto: chosen to fit the network.`,
    expects: `auto, ${Host.expects as string}`,
  });

const Dhcp = object(
  {
    first: PoolBound("first"),
    last: PoolBound("last"),
    leaseTime: Type.Integer({
      minimum: 120,
      maximum: 2_592_000,
      default: 43_200,
      description: "How long a device may keep its address without asking again, in seconds.",
      expects: "a whole number of seconds from 120 (2 minutes) to 2592000 (30 days)",
    }),
    reservations: Type.Array(Reservation, {
      default: [],
      maxItems: 1024,
      description: "Devices that always get the same address.",
      expects: "a list of at most 1024 reservations",
    }),
  },
  "Addresses handed out to the devices at home.",
);

const Wan = object(
  {
    port: oneOf([Auto, Interface], {
      default: "auto",
      description: "The Ethernet port towards the provider; auto: the first one.",
      expects: `auto or ${Interface.expects as string}`,
    }),
    mode: Type.Literal("dhcp", {
      default: "dhcp",
      description: "How the provider gives the router its address.",
      expects: "dhcp",
    }),
  },
  "The side towards the provider.",
);

const Lan = object(
  {
    address: oneOf([Auto, Type.String({ pattern: `^${IPV4}/([89]|[12][0-9]|30)$` })], {
      default: "auto",
      description:
        "The router's own address at home with the network's length; auto: one that the WAN does not use.",
      expects: "auto, or an address with a prefix length from 8 to 30 such as 192.168.77.1/24",
    }),
    ports: oneOf([Auto, Type.Array(Interface, { uniqueItems: true, maxItems: 64 })], {
      default: "auto",
      description: "The Ethernet ports at home, all in one network; auto: every port but the WAN's.",
      expects: "auto, or a list of different interface names",
    }),
    dhcp: Dhcp,
  },
  "The network at home.",
);

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

const Wifi = object(
  {
    enabled: Type.Boolean({
      default: true,
      description: "Whether Wi-Fi is on, as soon as a passphrase has been chosen and a radio is present.",
      expects: "true or false",
    }),
    name: Type.String({
      minLength: 1,
      maxLength: 32,
      default: "Gatehouse",
      description: "The network's name (SSID), 1 to 32 bytes of UTF-8.",
      expects: "1 to 32 characters",
    }),
    // No default: a passphrase that all routers share is none. IEEE 802.11 J.4.1 bounds its length and characters.
    passphrase: oneOf([Type.Null(), Type.String({ pattern: "^[ -~]{8,63}$" })], {
      default: null,
      secret: true,
      description: "The network's passphrase; null: none chosen yet, and Wi-Fi stays off.",
      expects: "null, or 8 to 63 letters, digits, blanks and signs of ASCII",
    }),
    country: oneOf([Type.Null(), Type.String({ pattern: "^[A-Z]{2}$" })], {
      default: null,
      description:
        "The country the router stands in (ISO 3166-1), whose radio rules it keeps; null: the rules all countries share.",
      expects: "null, or a country's two capital letters such as DE",
    }),
    band: oneOf([Type.Literal("2.4"), Type.Literal("5")], {
      default: "2.4",
      description: "The radio band in GHz.",
      expects: '"2.4" or "5"',
    }),
    channel: oneOf([Auto, Type.Integer()], {
      default: "auto",
      description: "The radio channel of the band; auto: 6 at 2.4 GHz, 36 at 5 GHz.",
      expects: "auto or a channel number",
    }),
    security: oneOf([Type.Literal("wpa2-wpa3"), Type.Literal("wpa2"), Type.Literal("wpa3")], {
      default: "wpa2-wpa3",
      description: "Which devices may join: WPA3 ones safely and WPA2 ones too, or only one kind.",
      expects: "wpa2-wpa3, wpa2 or wpa3",
    }),
  },
  "The wireless network at home.",
);

export const ConfigSchema = Type.Object(
  {
    version: Type.Literal(1, { description: "The form of this document.", expects: "1" }),
    hostname: Label({ default: "gatehouse", description: "The router's own name." }),
    domain: Type.String({
      pattern: `^${LABEL}(\\.${LABEL})*$`,
      maxLength: 190,
      default: "lan",
      description: "The domain that the names at home end in.",
      expects: "a domain name such as lan or home.arpa, in lower case",
    }),
    wan: Wan,
    lan: Lan,
    dns: Dns,
    nat: Nat,
    traffic: Traffic,
    wifi: Wifi,
  },
  { description: "The configuration of the router.", additionalProperties: false, expects: "a document" },
);

/** A configuration whose every field is present and whose parts agree, as `parseConfig` returns it. */
export type Config = Static<typeof ConfigSchema>;
/** An address of the LAN: absolute in dotted decimal, or its number counted from the network's first address. */
export type HostAddress = Static<typeof Host>;

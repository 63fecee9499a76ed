import { Type } from "@sinclair/typebox";
import {
  Address,
  Auto,
  Interface,
  IPV4,
  MacAddress,
  Megabits,
  object,
  oneOf,
  ShortName,
  Vlan,
} from "./fields.ts";

const Pppoe = object(
  {
    user: Type.String({
      maxLength: 128,
      pattern: "^[!-~]*$",
      default: "",
      description: "The name the provider gave for signing in.",
      expects: "at most 128 letters, digits and signs of ASCII",
    }),
    // RFC 1334 and RFC 1994 allow any octets; pppd's secrets are given in quotes.
    password: Type.String({
      maxLength: 128,
      pattern: "^[ -~]*$",
      default: "",
      secret: true,
      description: "The password for signing in.",
      expects: "at most 128 letters, digits, blanks and signs of ASCII",
    }),
    service: Type.String({
      maxLength: 64,
      pattern: "^[ -~]*$",
      default: "",
      description: "The service that is asked for; empty: whichever the provider offers.",
      expects: "at most 64 characters of ASCII",
    }),
  },
  "What PPPoE signs in with.",
);

const Static = object(
  {
    address: oneOf([Type.Null(), Type.String({ pattern: `^${IPV4}/([1-9]|[12][0-9]|3[0-2])$` })], {
      default: null,
      description: "The Internet address with the length of its network.",
      expects: "null, or an address with a prefix length such as 203.0.113.5/24",
    }),
    gateway: oneOf([Type.Null(), Address], {
      default: null,
      description: "The provider's router.",
      expects: "null, or an IPv4 address such as 203.0.113.1",
    }),
    dns: Type.Array(Address, {
      default: [],
      uniqueItems: true,
      maxItems: 4,
      description: "The provider's name servers.",
      expects: "a list of at most 4 different IPv4 addresses",
    }),
  },
  "What mode static uses.",
);

const Rate = (way: string) =>
  oneOf([Type.Null(), Megabits], {
    default: null,
    description: `How fast the line ${way}, in Mbit/s; a little less than that is used, so that queues form here, where they are kept short. null: unlimited.`,
    expects: `null, or ${Megabits.expects as string}`,
  });

/** One way to the Internet. */
export const Wan = Type.Object(
  {
    name: ShortName({ default: "internet", description: "What this way to the Internet is called." }),
    port: oneOf([Auto, Interface], {
      default: "auto",
      description: "The Ethernet port towards the provider; auto: the first one.",
      expects: `auto or ${Interface.expects as string}`,
    }),
    vlan: { ...Vlan, description: "The VLAN the provider uses on that port; null: none." } as typeof Vlan,
    mac: oneOf([Type.Null(), MacAddress("")], {
      default: null,
      description: "The hardware address the provider sees; null: the port's own.",
      expects: "null, or a MAC address such as 02:00:5e:10:00:01",
    }),
    mode: oneOf([Type.Literal("dhcp"), Type.Literal("static"), Type.Literal("pppoe")], {
      default: "dhcp",
      description:
        "How the provider gives the router its address. dhcp: by itself; static: it is fixed; pppoe: after signing in.",
      expects: "dhcp, static or pppoe",
    }),
    static: Static,
    pppoe: Pppoe,
    mtu: oneOf([Auto, Type.Integer({ minimum: 1280, maximum: 9000 })], {
      default: "auto",
      description: "The largest IP packet of the line, in bytes; auto: 1500, or 1492 with PPPoE.",
      expects: "auto, or a whole number from 1280 to 9000",
    }),
    check: oneOf([Auto, Type.Array(Address, { uniqueItems: true, minItems: 1, maxItems: 4 })], {
      default: "auto",
      description:
        "Whom the router pings to see whether this way works; auto: the provider's router and name servers.",
      expects: "auto, or a list of 1 to 4 different IPv4 addresses",
    }),
    download: Rate("receives"),
    upload: Rate("sends"),
  },
  { additionalProperties: false, default: {}, expects: "a way to the Internet" },
);

import { Type } from "@sinclair/typebox";
import { Auto, Interface, object, oneOf, ShortName } from "./fields.ts";
import { Hours } from "./policy-schema.ts";

const Band = (options: object) =>
  oneOf([Type.Literal("2.4"), Type.Literal("5"), Type.Literal("6")], {
    expects: '"2.4", "5" or "6"',
    ...options,
  });

const Radio = Type.Object(
  {
    interface: oneOf([Auto, Interface], {
      default: "auto",
      description: "The radio; auto: each that nothing else names.",
      expects: `auto or ${Interface.expects as string}`,
    }),
    enabled: Type.Boolean({
      default: true,
      description: "Whether this radio may be used.",
      expects: "true or false",
    }),
    band: oneOf([Auto, ...Band({}).anyOf], {
      default: "auto",
      description:
        "The band in GHz; auto: the fastest that most devices have and the country allows, and another one for each further radio.",
      expects: 'auto, "2.4", "5" or "6"',
    }),
    channel: oneOf([Auto, Type.Integer({ minimum: 1, maximum: 233 })], {
      default: "auto",
      description: "The radio channel of the band; auto: the one with the least use.",
      expects: "auto or a channel number",
    }),
    width: oneOf([Auto, ...([20, 40, 80, 160] as const).map((width) => Type.Literal(width))], {
      default: "auto",
      description: "The channel's width in MHz; auto: what the radio and the band's use allow.",
      expects: "auto, 20, 40, 80 or 160",
    }),
  },
  { additionalProperties: false, default: {}, expects: "a radio" },
);

const Wireless = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 32,
      default: "Gatehouse",
      description: "The network's name (SSID), 1 to 32 bytes of UTF-8.",
      expects: "1 to 32 characters",
    }),
    enabled: Type.Boolean({
      default: true,
      description: "Whether it is on, as soon as a passphrase has been chosen and a radio is present.",
      expects: "true or false",
    }),
    // No default: a passphrase that all routers share is none. IEEE 802.11 J.4.1 bounds its length and characters.
    passphrase: oneOf([Type.Null(), Type.String({ pattern: "^[ -~]{8,63}$" })], {
      default: null,
      secret: true,
      description: "The network's passphrase; null: none chosen yet, and it stays off.",
      expects: "null, or 8 to 63 letters, digits, blanks and signs of ASCII",
    }),
    security: oneOf([Type.Literal("wpa2-wpa3"), Type.Literal("wpa2"), Type.Literal("wpa3")], {
      default: "wpa2-wpa3",
      description: "Which devices may join: WPA3 ones safely and WPA2 ones too, or only one kind.",
      expects: "wpa2-wpa3, wpa2 or wpa3",
    }),
    lan: ShortName({ default: "home", description: "The network that its devices are in." }),
    bands: oneOf(
      [Type.Literal("all"), Type.Array(Band({}), { uniqueItems: true, minItems: 1, maxItems: 3 })],
      {
        default: "all",
        description: "The bands it is sent on.",
        expects: 'all, or a list of "2.4", "5" and "6"',
      },
    ),
    hidden: Type.Boolean({
      default: false,
      description:
        "Whether its name is left out of what the radio announces; devices then ask for it everywhere they go.",
      expects: "true or false",
    }),
    isolated: Type.Boolean({
      default: false,
      description: "Whether its devices are kept from each other.",
      expects: "true or false",
    }),
    off: Hours("When it is switched off."),
  },
  { additionalProperties: false, default: {}, expects: "a wireless network" },
);

export const Wifi = object(
  {
    country: oneOf([Type.Null(), Type.String({ pattern: "^[A-Z]{2}$" })], {
      default: null,
      description:
        "The country the router stands in (ISO 3166-1), whose radio rules it keeps; null: the rules all countries share.",
      expects: "null, or a country's two capital letters such as DE",
    }),
    radios: Type.Array(Radio, {
      default: [{}],
      maxItems: 8,
      description: "How the radios are used.",
      expects: "a list of at most 8 radios",
    }),
    networks: Type.Array(Wireless, {
      default: [{}],
      maxItems: 8,
      description: "The wireless networks; each radio sends all that have its band.",
      expects: "a list of at most 8 wireless networks",
    }),
  },
  "Wi-Fi.",
);

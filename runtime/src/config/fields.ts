import { type TSchema, Type } from "@sinclair/typebox";

const OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
export const IPV4 = `${OCTET}(\\.${OCTET}){3}`;
export const LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

export const Auto = Type.Literal("auto");
export const Address = Type.String({ pattern: `^${IPV4}$`, expects: "an IPv4 address such as 192.0.2.1" });

/** A DNS label (RFC 1123, 2.1), lower-case so that equal names are equal text. */
export const Label = (options: object) =>
  Type.String({
    pattern: `^${LABEL}$`,
    expects: "1 to 63 lower-case letters, digits or hyphens, with no hyphen at either end",
    ...options,
  });

/** Names that networkd's [Match], nft and hostapd take literally: no blank, no glob, no quote (IFNAMSIZ is 16 with the NUL). */
export const INTERFACE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/;

export const Interface = Type.String({
  pattern: INTERFACE_NAME.source,
  expects: "an interface name such as enp1s0, of at most 15 characters",
});

/** Unions of literals and formats would answer "expected union value"; `expects` says it in words instead. */
export function oneOf<const T extends TSchema[]>(types: [...T], options: object) {
  return Type.Union(types, options);
}

export function object<T extends Record<string, TSchema>>(properties: T, description: string) {
  return Type.Object(properties, {
    description,
    additionalProperties: false,
    default: {},
    expects: "a group of fields",
  });
}

/** An address of the LAN: absolute, or counted from the network's first address so that it moves with the network. */
export const Host = oneOf([Type.Integer({ minimum: 1, maximum: 16_777_214 }), Address], {
  expects: "an IPv4 address of the LAN, or its number within the LAN such as 20",
});

export const MacAddress = (description: string) =>
  Type.String({
    pattern: "^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$",
    description,
    expects: "a MAC address such as 02:00:5e:10:00:01",
  });

/** A name that an interface's name is made of, after a prefix of at most four characters. */
export const ShortName = (options: object) =>
  Label({
    pattern: "^[a-z0-9]([a-z0-9-]{0,9}[a-z0-9])?$",
    expects: "1 to 11 lower-case letters, digits or hyphens, with no hyphen at either end",
    ...options,
  });

/** IEEE 802.1Q, 9.6: 0 and 4095 are reserved. */
export const Vlan = oneOf([Type.Null(), Type.Integer({ minimum: 1, maximum: 4094 })], {
  default: null,
  expects: "null, or a whole number from 1 to 4094",
});

export const Megabits = Type.Number({
  minimum: 0.1,
  maximum: 100_000,
  expects: "a number of Mbit/s from 0.1 to 100000",
});

const PORT = "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";
export const Port = Type.Integer({ minimum: 1, maximum: 65_535 });

/** A port or a range of ports. */
export const Ports = oneOf([Port, Type.String({ pattern: `^${PORT}-${PORT}$` })], {
  expects: 'a port from 1 to 65535, or a range such as "8000-8010"',
});

import { Type } from "@sinclair/typebox";
import { Host, Label, MacAddress, Megabits, oneOf, Ports, ShortName } from "./fields.ts";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const TIME = "^([01][0-9]|2[0-3]):[0-5][0-9]$";

const Time = (description: string) =>
  Type.String({ pattern: TIME, description, expects: "a time such as 21:30" });

const Span = Type.Object(
  {
    days: Type.Array(
      oneOf(
        [
          Type.Literal("mon"),
          Type.Literal("tue"),
          Type.Literal("wed"),
          Type.Literal("thu"),
          Type.Literal("fri"),
          Type.Literal("sat"),
          Type.Literal("sun"),
        ],
        { expects: DAYS.join(", ") },
      ),
      {
        default: [...DAYS],
        uniqueItems: true,
        minItems: 1,
        description: "The days on which it begins.",
        expects: `a list of ${DAYS.join(", ")}`,
      },
    ),
    from: Time("When it begins, local time."),
    to: Time("When it ends; on the next day where that is not later than its begin."),
  },
  { additionalProperties: false, expects: "hours with from and to" },
);

/** Hours of the week, in the router's time zone. */
export const Hours = (description: string) =>
  Type.Array(Span, {
    default: [],
    maxItems: 16,
    description,
    expects: "a list of at most 16 spans of hours",
  });

/** Said of each device of a group; what a device says of itself takes the place of its group's. */
const limits = {
  paused: Type.Boolean({
    default: false,
    description: "Whether it is kept from the Internet now.",
    expects: "true or false",
  }),
  offline: Hours("When it is kept from the Internet."),
  download: oneOf([Type.Null(), Megabits], {
    default: null,
    description: "How fast it may receive from the Internet, in Mbit/s; null: as the line allows.",
    expects: `null, or ${Megabits.expects as string}`,
  }),
  upload: oneOf([Type.Null(), Megabits], {
    default: null,
    description: "How fast it may send to the Internet, in Mbit/s; null: as the line allows.",
    expects: `null, or ${Megabits.expects as string}`,
  }),
};

export const Groups = Type.Array(
  Type.Object(
    {
      name: Label({ description: "What this group is called." }),
      ...limits,
    },
    { additionalProperties: false, expects: "a group with a name" },
  ),
  {
    default: [],
    maxItems: 32,
    description: "Groups of devices, such as the children's, that have rules in common.",
    expects: "a list of at most 32 groups",
  },
);

export const Devices = Type.Array(
  Type.Object(
    {
      mac: MacAddress("The device's hardware address."),
      group: oneOf([Type.Null(), Label({})], {
        default: null,
        description: "The group it belongs to.",
        expects: "null, or a group's name",
      }),
      ...limits,
    },
    { additionalProperties: false, expects: "a device with mac" },
  ),
  {
    default: [],
    maxItems: 1024,
    description: "Devices with rules of their own.",
    expects: "a list of at most 1024 devices",
  },
);

const Protocol = oneOf([Type.Literal("any"), Type.Literal("tcp"), Type.Literal("udp")], {
  default: "any",
  description: "The protocol that is meant.",
  expects: "any, tcp or udp",
});

const AnyPorts = oneOf([Type.Null(), ...Ports.anyOf], {
  default: null,
  description: "The ports that are meant; null: all.",
  expects: `null, ${Ports.expects as string}`,
});

export const Rules = Type.Array(
  Type.Object(
    {
      from: ShortName({ description: "The network whose devices ask." }),
      to: ShortName({ description: "The network that is asked." }),
      host: oneOf([Type.Null(), ...Host.anyOf], {
        default: null,
        description: "The one device that is asked; null: all of that network.",
        expects: `null, or ${Host.expects as string}`,
      }),
      protocol: Protocol,
      ports: AnyPorts,
    },
    { additionalProperties: false, expects: "a rule with from and to" },
  ),
  {
    default: [],
    maxItems: 256,
    description: "What may pass between networks of the home; all else may not.",
    expects: "a list of at most 256 rules",
  },
);

export const Pinholes = Type.Array(
  Type.Object(
    {
      name: Type.String({
        default: "",
        maxLength: 64,
        description: "What it is for, in the owner's words.",
        expects: "a text of at most 64 characters",
      }),
      device: MacAddress("The device that may be reached, whatever its addresses are."),
      protocol: Protocol,
      ports: AnyPorts,
    },
    { additionalProperties: false, expects: "a pinhole with device" },
  ),
  {
    default: [],
    maxItems: 256,
    description: "What may be reached from the Internet over IPv6.",
    expects: "a list of at most 256 pinholes",
  },
);

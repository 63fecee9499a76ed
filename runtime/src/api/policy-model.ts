import { type Static, Type } from "@sinclair/typebox";
import { Devices, Groups } from "../config/policy-schema.ts";
import { Nullable, OneOf, Shape } from "./shape.ts";

const Megabits = (description: string) =>
  Type.Union([Type.Number(), Type.Null()], {
    description: `${description}, Mbit/s; null: as the line allows`,
  });

const holds = {
  state: OneOf(["online", "paused", "hours"], "Whether it may use the Internet now, or why it may not"),
  whose: Type.Union([OneOf(["device", "group"], "Whose rule it is"), Type.Null()], {
    description: "Whose rule keeps it from the Internet; null: none does",
  }),
  sentence: Type.String({ description: 'The same in words: "offline until 06:30"' }),
  until: Nullable(
    Type.Integer({
      description: "When that changes by itself, milliseconds since 1970-01-01 UTC; null: not within a week",
    }),
  ),
  download: Megabits("How fast it may receive now"),
  upload: Megabits("How fast it may send now"),
};

export const DeviceRules = Type.Omit(Devices.items, ["mac"], {
  description: "Rules of one device",
  additionalProperties: false,
});
export const GroupRules = Type.Omit(Groups.items, ["name"], {
  description: "Rules of each device of a group",
  additionalProperties: false,
});

export const PolicyNow = Shape(
  {
    timezone: Type.String({ description: "The time zone that hours are meant in" }),
    devices: Type.Array(
      Shape(
        { mac: Type.String({ description: "Its hardware address" }), ...holds, rules: DeviceRules },
        "A device with rules",
      ),
    ),
    groups: Type.Array(
      Shape({ name: Type.String({ description: "Its name" }), ...holds, rules: GroupRules }, "A group"),
    ),
  },
  "What devices and groups may do now, and until when",
);
export type PolicyNow = Static<typeof PolicyNow>;

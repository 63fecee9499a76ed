import { Type } from "@sinclair/typebox";
import { MacAddress, object, oneOf } from "./fields.ts";

/** A whole number of `unit`, 0 among them where that switches something off. */
const amount = (least: number, most: number, usual: number, unit: string, description: string) =>
  Type.Integer({
    minimum: least,
    maximum: most,
    default: usual,
    description,
    expects: `a whole number of ${unit} from ${least} to ${most}`,
  });

export const Traffic = object(
  {
    visibleTo: oneOf([Type.Literal("owner"), Type.Literal("household")], {
      default: "owner",
      description:
        "Who may see what devices do: whom they talk to, their history and captures. owner: whoever knows the router's password; household: everyone in the home network.",
      expects: "owner or household",
    }),
    notRecorded: Type.Array(MacAddress("The device's hardware address."), {
      default: [],
      maxItems: 1024,
      description: "Devices of which neither history nor captures are kept; their present speed is shown.",
      expects: "a list of at most 1024 MAC addresses",
    }),
    captureMegabytes: amount(
      0,
      50,
      5,
      "megabytes",
      "How much of its latest frames is kept of each device, in memory; 0: none. When it is changed, captures begin anew.",
    ),
    captureTotalMegabytes: amount(
      0,
      4096,
      256,
      "megabytes",
      "The same for all devices together; once it is taken, a further device gets the place of the one whose last frame is longest ago. When it is changed, captures begin anew.",
    ),
    historyMegabytes: amount(
      32,
      2048,
      256,
      "megabytes",
      "Memory for the last 24 hours at 100 ms; when it is full, the oldest detail goes first.",
    ),
    keepSecondsDays: amount(
      0,
      30,
      7,
      "days",
      "How long sums of each second are kept on the router's disk; 0: not at all.",
    ),
    keepMinutesDays: amount(0, 400, 365, "days", "The same for sums of each minute."),
  },
  "What is recorded of the devices' traffic, and who may see it.",
);

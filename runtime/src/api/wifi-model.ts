import { type Static, Type } from "@sinclair/typebox";
import { Count, Milliseconds, Nullable, OneOf, Shape } from "./shape.ts";

const Text = (description: string) => Type.String({ description });
const Flag = (description: string) => Type.Boolean({ description });
const Band = OneOf(["2.4", "5", "6"], "In GHz");
const MaybeBand = Type.Union([Band, Type.Null()], { description: "Where it sends, in GHz" });
const Rate = (description: string) =>
  Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
    description: `${description}, Mbit/s; null while it is not known`,
  });

const RadioBand = Shape(
  {
    band: Band,
    isOpen: Flag("The rules in force let it be an access point there at once"),
    generation: Nullable(
      Type.Integer({ description: "Wi-Fi 4 (802.11n), 5 (802.11ac) or 6 (802.11ax); null: older" }),
    ),
    width: Type.Integer({ description: "Its widest channel in MHz" }),
    channels: Type.Array(
      Shape(
        {
          number: Type.Integer(),
          isOpen: Flag("May be used"),
          hasRadar: Flag("Radar has to be listened for"),
        },
        "A channel",
      ),
    ),
  },
  "What a radio can do in one band",
);

const Radio = Shape(
  {
    name: Text("Kernel name of its interface"),
    state: OneOf(
      ["serving", "starting", "off", "unable"],
      "unable: it cannot do what is asked of it, or not be an access point at all",
    ),
    explanation: Text("The state in words, and what to do"),
    notes: Type.Array(Type.String(), { description: "What it does otherwise than asked for" }),
    band: MaybeBand,
    channel: Nullable(Type.Integer({ description: "The channel it begins with" })),
    width: Nullable(Type.Integer({ description: "In MHz" })),
    bands: Type.Array(RadioBand),
    maxNetworks: Count("Networks it can send at a time"),
  },
  "A radio of this machine",
);

const Network = Shape(
  {
    name: Text("Its name (SSID)"),
    state: OneOf(
      ["on", "starting", "off", "hours", "not-configured", "no-radio"],
      "hours: off at this hour; not-configured: no passphrase was chosen; no-radio: no radio can send it",
    ),
    explanation: Text("The state in words"),
    bands: Type.Array(Band, { description: "Where it is sent now" }),
    stations: Count("Devices that have joined it"),
  },
  "A wireless network, in the order of the configuration",
);

const Station = Shape(
  {
    mac: Text("Hardware address, as the device's"),
    network: Text("The wireless network it has joined"),
    radio: Text("By which radio"),
    band: Band,
    signal: Nullable(Type.Integer({ description: "How strongly the radio hears it, in dBm" })),
    sendMbit: Rate("What it sends at"),
    receiveMbit: Rate("What it receives at"),
    since: Milliseconds("When it joined"),
  },
  "A device that has joined",
);

export const WifiNow = Shape(
  {
    country: Nullable(Text("The country whose rules are kept")),
    radios: Type.Array(Radio),
    networks: Type.Array(Network),
    stations: Type.Array(Station),
  },
  "Radios, wireless networks and who has joined them",
);

export const Passphrases = Type.Array(
  Shape(
    {
      name: Text("The wireless network"),
      passphrase: Nullable(Text("Its passphrase; null: none was chosen")),
    },
    "What a device needs to join",
  ),
);

export type WifiNow = Static<typeof WifiNow>;
export type Passphrases = Static<typeof Passphrases>;

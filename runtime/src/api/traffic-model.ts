import { type Static, Type } from "@sinclair/typebox";
import { Bytes, Count, Milliseconds, OneOf, Shape, Span } from "./shape.ts";

const Mac = Type.String({ description: "Hardware address, lower-case and colon-separated" });
const Remote = Type.String({
  description: 'Address outside the home; "others" stands for those that found no room of their own',
});
const Rate = (description: string) =>
  Type.Number({ minimum: 0, description: `${description}, bytes per second` });

export const GroupKey = Shape(
  {
    device: Type.Optional(Mac),
    remote: Type.Optional(Remote),
    name: Type.Optional(Type.String({ description: "The name the remote is best known by" })),
    evidence: Type.Optional(
      OneOf(
        ["asked", "server-name", "reverse"],
        "How the name is known. asked: the device asked for it; server-name: it said so when it connected; reverse: the " +
          "address' owner calls it so",
      ),
    ),
    domain: Type.Optional(
      Type.String({
        description: "The part of the name that somebody registered; the address where there is no name",
      }),
    ),
    protocol: Type.Optional(Type.Integer({ minimum: 0, maximum: 255, description: "IP protocol number" })),
    port: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 65_535, description: "The service's port; 0 where there is none" }),
    ),
    service: Type.Optional(Type.String({ description: "What it is, in plain words" })),
  },
  "Which group it is; without fields: everything, or all groups that are not listed",
);

const sums = {
  up: Bytes("Bytes from the device"),
  down: Bytes("Bytes to the device"),
  upPackets: Count("Packets from the device"),
  downPackets: Count("Packets to the device"),
};
const steps = (description: string) =>
  Type.Array(Type.Integer({ minimum: 0 }), { description: `${description}, of each step` });

export const TrafficSeries = Shape(
  {
    from: Milliseconds("When the first step begins"),
    step: Type.Integer({ minimum: 100, description: "Length of a step, milliseconds" }),
    groups: Type.Array(
      Shape(
        {
          key: GroupKey,
          up: steps("Bytes from the device"),
          down: steps("Bytes to the device"),
          upPackets: steps("Packets from the device"),
          downPackets: steps("Packets to the device"),
        },
        "One group",
      ),
      { description: "Most bytes first; what is not listed comes last" },
    ),
  },
  "Sums of each step of a range",
);

export const TrafficTotals = Type.Array(Shape({ key: GroupKey, ...sums }, "Sums of one group"), {
  description: "Most bytes first",
});

export const TrafficNow = Shape(
  {
    from: Milliseconds("Since when it is counted"),
    to: Milliseconds("End of the latest tenth of a second that is counted"),
    groups: TrafficTotals,
  },
  "Sums of the last seconds",
);

const Distribution = Shape(
  {
    total: Bytes("Bytes of the range"),
    mean: Rate("Mean of the time that was recorded"),
    peak: Rate("The busiest step"),
    peakAt: Milliseconds("When the busiest step began"),
    percentile95: Rate("What 95 % of the recorded steps do not exceed"),
  },
  "One direction",
);

export const TrafficStatistics = Shape(
  {
    step: Type.Integer({
      minimum: 100,
      description: "Length of a step, milliseconds: as fine as the whole range is known",
    }),
    recorded: Span(
      "How much of the range was recorded: less than all of it before the router's first start, while it was off and in the future",
    ),
    up: Distribution,
    down: Distribution,
    upPackets: sums.upPackets,
    downPackets: sums.downPackets,
  },
  "A range in figures",
);

export const TrafficExtent = Shape(
  {
    oldest100ms: Milliseconds("Since when each tenth of a second is known; 0: not at all"),
    oldestSecond: Milliseconds("Since when each second is known; 0: not at all"),
    oldestMinute: Milliseconds("Since when each minute is known; 0: not at all"),
    oldestService: Milliseconds(
      "Since when services are known, which are kept in memory only; 0: not at all",
    ),
    budgetBytes: Bytes("Memory the history may take"),
    usedBytes: Bytes("Memory it takes"),
    pairs: Count("Devices with one of their remotes each that it knows"),
    bytesPerPairAndHour: Type.Number({ minimum: 0, description: "Memory that an hour of one of them takes" }),
    captureLimitBytes: Bytes("What captures may take on this machine, whatever is set"),
    storedBytes: Bytes("What is kept on disk"),
    frames: Count("Frames seen since the data plane started"),
    dropped: Count("Frames the kernel had no room for"),
    lostTicks: Count("Tenths of a second that were overwritten before they were read"),
  },
  "How far back the history reaches, what it takes, and whether something is missing in it",
);

export const DnsQuestions = Type.Array(
  Shape(
    {
      at: Milliseconds("When it was asked"),
      name: Type.String({ description: "The name that was asked for" }),
      type: Type.String({ description: "What was asked about it, such as A, AAAA or HTTPS" }),
      outcome: Type.String({ description: "answered, no such name or no answer" }),
      addresses: Type.Array(Type.String(), { description: "The addresses of the answer" }),
    },
    "One question",
  ),
  { description: "The latest first" },
);

export const TrafficNotices = Type.Array(
  Shape(
    {
      id: Type.String({ description: "To silence it by" }),
      kind: OneOf(
        ["new-device", "new-place", "upload", "port-scan"],
        "What was noticed. new-place: talks to somebody it never talked to; upload: sends far more than it used to; " +
          "port-scan: tries many ports or addresses",
      ),
      at: Milliseconds("When it was noticed"),
      device: Mac,
      text: Type.String({ description: "What happened" }),
      hint: Type.String({ description: "What it means and what to do" }),
      evidence: Shape(
        {
          from: Milliseconds("Begin of the range to look at"),
          to: Milliseconds("Its end"),
          remote: Type.Optional(Remote),
          domain: Type.Optional(Type.String({ description: "The domain it is about" })),
        },
        "Where to look",
      ),
    },
    "Something worth a look",
  ),
  { description: "The latest first" },
);

export const Captures = Type.Array(
  Shape(
    {
      device: Mac,
      oldest: Milliseconds("Time of the oldest frame"),
      newest: Milliseconds("Time of the newest frame"),
      frames: Count("Frames that are there"),
      capacity: Bytes("Memory for the device's frames"),
      used: Bytes("How much of it is taken"),
    },
    "The frames of one device",
  ),
  { description: "Devices of which frames are there" },
);

export type Captures = Static<typeof Captures>;

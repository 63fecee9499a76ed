import { expect, test } from "bun:test";
import { parseMac } from "../addr/mac.ts";
import { changesAt, type Hours } from "./hours.ts";
import { parseConfig } from "./parse.ts";
import { policyAt, sentence } from "./policy.ts";
import type { Config } from "./schema.ts";

const TABLET = "02:00:5e:00:00:01";
const LAPTOP = "02:00:5e:00:00:02";
const PHONE = "02:00:5e:00:00:03";
/** A Sunday. */
const at = (time: string) => Date.parse(`2026-11-22T${time}:00+01:00`);

const night: Hours = [
  { days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from: "21:30", to: "06:30" },
];
const config = parsed({
  version: 2,
  timezone: "Europe/Berlin",
  groups: [
    { name: "children", offline: night, download: 20, upload: 5 },
    { name: "guests", paused: true },
  ],
  devices: [
    { mac: TABLET, group: "children" },
    {
      mac: LAPTOP,
      group: "children",
      download: 50,
      offline: [{ days: ["sun"], from: "12:00", to: "13:15" }],
    },
    { mac: PHONE, group: "guests" },
  ],
});

function parsed(document: unknown): Config {
  const result = parseConfig(document);
  if ("faults" in result) throw new Error(JSON.stringify(result.faults));
  return result.config;
}

const shown = (mac: string, instant: number) => {
  const { offline, until, download, upload } = policyAt(config, instant).devices.get(parseMac(mac)!)!;
  return [
    offline && `${offline.because} of ${offline.whose}`,
    until && new Date(until).toISOString(),
    download,
    upload,
  ];
};

test("a device is offline by its own and by its group's hours; its own limits take the place of its group's", () => {
  expect([
    shown(TABLET, at("12:30")),
    shown(LAPTOP, at("12:30")),
    shown(LAPTOP, at("13:15")),
    shown(LAPTOP, at("21:30")),
    shown(PHONE, at("12:30")),
  ]).toEqual([
    [null, "2026-11-22T20:30:00.000Z", 20, 5],
    ["hours of device", "2026-11-22T12:15:00.000Z", 50, 5],
    [null, "2026-11-22T20:30:00.000Z", 50, 5],
    ["hours of group", "2026-11-23T05:30:00.000Z", 50, 5],
    ["paused of group", null, null, null],
  ]);
});

test("the whole changes when the first of its parts does", () => {
  expect(policyAt(config, at("11:00")).until).toBe(at("12:00"));
  expect(policyAt(config, at("12:00")).until).toBe(at("13:15"));
  expect(
    policyAt(parsed({ version: 2, devices: [{ mac: TABLET, paused: true }] }), at("11:00")).until,
  ).toBeNull();
});

test("what holds is said in a sentence", () => {
  const said = (mac: string, instant: number) =>
    sentence(policyAt(config, instant).devices.get(parseMac(mac)!)!, config.timezone, instant);
  const weekly = parsed({
    version: 2,
    timezone: "Europe/Berlin",
    devices: [
      { mac: TABLET, offline: [{ days: ["wed"], from: "15:00", to: "16:00" }] },
      { mac: PHONE, paused: true },
      { mac: LAPTOP },
    ],
  });
  expect([
    said(TABLET, at("12:30")),
    said(TABLET, at("23:00")),
    said(PHONE, at("12:30")),
    ...[...policyAt(weekly, at("12:30")).devices.values()].map((each) =>
      sentence(each, "Europe/Berlin", at("12:30")),
    ),
  ]).toEqual([
    "online until 21:30",
    "offline until 06:30",
    "paused with its group",
    "online until Wednesday 15:00",
    "paused",
    "online",
  ]);
});

/** [hours, zone, now, when they begin or end next] */
const CHANGES: [string, Hours, string, string, string | null][] = [
  [
    "an hour that the clocks skip ends at once",
    span("02:10", "02:50"),
    "Europe/Berlin",
    "2026-03-29T00:30:00Z",
    "2026-03-30T00:10:00Z",
  ],
  [
    "a beginning that is skipped comes with the new time",
    span("02:30", "04:00"),
    "Europe/Berlin",
    "2026-03-29T00:30:00Z",
    "2026-03-29T01:00:00Z",
  ],
  [
    "an hour that is repeated counts again",
    span("02:10", "02:50"),
    "Europe/Berlin",
    "2026-10-25T00:50:00Z",
    "2026-10-25T01:10:00Z",
  ],
  [
    "zones with a quarter of an hour",
    span("21:30", "06:30"),
    "Asia/Kathmandu",
    "2026-11-22T12:00:00Z",
    "2026-11-22T15:45:00Z",
  ],
  [
    "clocks that are set by half an hour",
    span("02:10", "02:20"),
    "Australia/Lord_Howe",
    "2026-10-03T15:00:00Z",
    "2026-10-04T15:10:00Z",
  ],
  ["once a week", span("10:00", "11:00", ["tue"]), "UTC", "2026-11-24T11:00:00Z", "2026-12-01T10:00:00Z"],
  ["hours without an end", span("00:00", "00:00"), "UTC", "2026-11-22T12:00:00Z", null],
];

function span(from: string, to: string, days: Hours[number]["days"] = night[0]!.days): Hours {
  return [{ days, from, to }];
}

for (const [name, hours, zone, now, next] of CHANGES) {
  test(`the next change: ${name}`, () => {
    const { until } = changesAt(hours, zone, Date.parse(now));
    expect(until && new Date(until).toISOString()).toBe(next && new Date(next).toISOString());
  });
}

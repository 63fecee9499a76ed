import { describe, expect, test } from "bun:test";
import type { TrafficSettings } from "../api/privacy.ts";
import type { DnsQuestion } from "../api/recorded.ts";
import type { GroupKey, TrafficExtent, TrafficTotal } from "../api/traffic.ts";
import { DAY_MS, dayBefore, dayColumns, HOUR_MS, hourAround, knownSince, MINUTE_MS } from "./day.ts";
import { matchingPlaces, placesOf, usesOf } from "./places.ts";
import { changesBetween, faultsOf } from "./privacy.ts";
import { askedNames, matchingNames, outcomeOf } from "./questions.ts";

const NOW = Date.UTC(2026, 10, 22, 18, 30, 41);

describe("the day before", () => {
  test("begins at a whole minute and ends now, and an hour around a moment stays within it", () => {
    const day = dayBefore(NOW);
    expect([day.from % MINUTE_MS, day.from - (NOW - DAY_MS), day.to]).toEqual([0, 19_000, NOW]);
    expect([
      hourAround(day.from, day),
      hourAround(day.to, day),
      hourAround(day.from + DAY_MS / 2, day),
    ]).toEqual([
      { from: day.from, to: day.from + HOUR_MS },
      { from: day.to - HOUR_MS, to: day.to },
      { from: day.from + 11.5 * HOUR_MS, to: day.from + 12.5 * HOUR_MS },
    ]);
  });

  test("tells what is not known from what is nothing, and bytes of a minute as bit/s", () => {
    // The last minute is half over.
    const range = { from: 0, to: 3.5 * MINUTE_MS };
    const group = {
      key: {},
      up: [0, 0, 75_000, 0],
      down: [0, 0, 0, 150_000],
      upPackets: [],
      downPackets: [],
    };
    const { data, up, down } = dayColumns({ from: 0, step: MINUTE_MS, groups: [group] }, range, 90_000);
    expect([data[0], data[1], data[2], up, down]).toEqual([
      [0, 60_000, 120_000, 180_000],
      [null, 0, 10_000, 0],
      [null, -0, -0, -40_000],
      75_000,
      150_000,
    ]);
  });

  test("is known since the coarsest sums reach back, and not at all before there is one", () => {
    const extent = (...[oldest100ms, oldestSecond, oldestMinute]: number[]) =>
      knownSince({ oldest100ms, oldestSecond, oldestMinute } as TrafficExtent);
    expect([extent(500, 300, 0), extent(0, 0, 0)]).toEqual([300, Number.POSITIVE_INFINITY]);
  });
});

describe("places", () => {
  const total = (key: GroupKey, down: number): TrafficTotal => ({
    key,
    up: 1,
    down,
    upPackets: 1,
    downPackets: 1,
  });
  const named = (remote: string, name: string): GroupKey => ({
    remote,
    name,
    evidence: "asked",
    domain: "video.example",
  });
  const totals = [
    total({ remote: "203.0.113.9" }, 500),
    total(named("192.0.2.1", "cdn.video.example"), 300),
    total(named("2001:db8::1", "cdn.video.example"), 400),
    total({ remote: "others" }, 1),
  ];
  const places = placesOf(totals, (address) => (address === "192.0.2.1" ? "web" : undefined));

  test("addresses of one name are one place, and places are in order of their bytes", () => {
    expect(places.map(({ title, addresses, purposes, down }) => [title, addresses, purposes, down])).toEqual([
      ["cdn.video.example", ["192.0.2.1", "2001:db8::1"], ["web"], 700],
      ["203.0.113.9", ["203.0.113.9"], [], 500],
      ["others", ["others"], [], 1],
    ]);
  });

  test("are found by name, address and purpose", () => {
    const found = (filter: string) => matchingPlaces(places, filter).map(({ title }) => title);
    expect([found("WEB video"), found("db8::1"), found("203"), found("zz")]).toEqual([
      ["cdn.video.example"],
      ["cdn.video.example"],
      ["203.0.113.9"],
      [],
    ]);
  });

  test("what traffic is for is one line, the web by either transport once", () => {
    const uses = [
      total({ service: "web (QUIC)" }, 600),
      total({ service: "web" }, 397),
      total({ service: "time" }, 0),
    ];
    expect([usesOf(uses, 4), usesOf(uses, 1), usesOf([], 4)]).toEqual([
      "web 100\u{a0}%, time under 1\u{a0}%",
      "web 100\u{a0}%",
      "",
    ]);
  });
});

describe("questions", () => {
  const question = (name: string, at: number, part: Partial<DnsQuestion> = {}): DnsQuestion => {
    return { name, at, type: "A", outcome: "answered", addresses: ["192.0.2.1"], ...part };
  };
  const names = askedNames([
    question("a.example", 9, { type: "HTTPS", outcome: "no answer", addresses: [] }),
    question("a.example", 8),
    question("b.example", 7, { outcome: "no such name", addresses: [] }),
    question("a.example", 3, { type: "AAAA", addresses: ["2001:db8::1"] }),
    question("a.example", 2, { addresses: ["192.0.2.99"] }),
  ]);

  test("repeated ones are one, with the latest answer to each type; one answer is enough", () => {
    expect(names).toEqual([
      {
        name: "a.example",
        count: 4,
        at: 9,
        types: ["HTTPS", "A", "AAAA"],
        outcome: "answered",
        addresses: ["192.0.2.1", "2001:db8::1"],
      },
      { name: "b.example", count: 1, at: 7, types: ["A"], outcome: "no such name", addresses: [] },
    ]);
  });

  test("their outcome is told in words, and found", () => {
    expect([...names.map(outcomeOf), outcomeOf({ ...names[0]!, addresses: [] })]).toEqual([
      "192.0.2.1 and 1 more",
      "No such name",
      "Answered, without an address",
    ]);
    const found = (filter: string) => matchingNames(names, filter).map(({ name }) => name);
    expect([found("such name"), found("db8 A.EX"), found("zz")]).toEqual([["b.example"], ["a.example"], []]);
  });
});

describe("privacy", () => {
  const settings: TrafficSettings = {
    visibleTo: "owner",
    notRecorded: ["02:00:5e:00:00:01"],
    captureMegabytes: 5,
    captureTotalMegabytes: 256,
    historyMegabytes: 256,
    keepSecondsDays: 7,
    keepMinutesDays: 365,
  };

  test("a change is told with what was before, and what it deletes", () => {
    const told = (part: Partial<TrafficSettings>) =>
      changesBetween(settings, { ...settings, ...part }).map(({ label, before, after, loss }) =>
        [label, before, after, loss].filter(Boolean).join(" | "),
      );
    expect([
      told({}),
      told({ visibleTo: "household", keepSecondsDays: 30 }),
      told({ keepSecondsDays: 3 }),
      told({ captureMegabytes: 0 }),
      told({ captureTotalMegabytes: 512 }),
      told({ notRecorded: [] }),
    ]).toEqual([
      [],
      ["Who may see | Only the owner | Everyone in the household", "Every second | 7 days | 30 days"],
      ["Every second | 7 days | 3 days | what no longer fits is deleted"],
      ["Latest packets of each device | 5 MB | 0 MB | the packets that are there are deleted"],
      ["Packets of all devices together | 256 MB | 512 MB | the packets that are there are deleted"],
      ["Not recorded | 1 device | none"],
    ]);
  });

  test("what a field cannot take is told for each field that has it", () => {
    const faults = faultsOf({
      ...settings,
      historyMegabytes: 31,
      keepSecondsDays: Number.NaN,
      captureMegabytes: 1.5,
    });
    expect(faults).toEqual({
      historyMegabytes: "A whole number of MB from 32 to 2,048.",
      keepSecondsDays: "A whole number of days from 0 to 30.",
      captureMegabytes: "A whole number of MB from 0 to 50.",
    });
    expect(faultsOf(settings)).toEqual({});
  });
});

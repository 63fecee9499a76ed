import { describe, expect, test } from "bun:test";
import type { Mac } from "@gatehouse/runtime/addr/mac.ts";
import type { TrafficEvent } from "../api/router.ts";
import type { TrafficSeries } from "../api/traffic.ts";
import { eventsOf } from "./earlier.ts";
import { LastMinute } from "./last-minute.ts";
import { sparkPath, sparkPoints } from "./spark.ts";

/** An interval in which `mac` received `down` bytes. */
function traffic(at: number, down: number, mac = "tv", intervalMs = 100): TrafficEvent {
  return { type: "traffic", at, intervalMs, total: { up: 0, down }, devices: [{ mac, up: 0, down }] };
}

function recorded(...events: TrafficEvent[]): LastMinute {
  const minute = new LastMinute();
  for (const event of events) minute.record(event);
  return minute;
}

function downs(minute: LastMinute, mac: string): number[] {
  const seen: number[] = [];
  minute.each(minute.of(mac)!, 0, (_end, _length, down) => seen.push(down));
  return seen;
}

describe("the last minute", () => {
  test("bytes become bit/s, and who is not named had no traffic", () => {
    const minute = recorded(traffic(1_100, 100), traffic(1_200, 50, "nas"), traffic(1_300, 25));
    expect([downs(minute, "tv"), downs(minute, "nas"), minute.newest]).toEqual([
      [8_000, 0, 2_000],
      [0, 4_000, 0],
      1_300,
    ]);
  });

  test("a mean weighs intervals by their length", () => {
    const minute = recorded(traffic(1_100, 100), traffic(2_000, 0, "tv", 900));
    expect(minute.mean(minute.total, 1_000)).toEqual({ up: 0, down: 800 });
    expect(minute.mean(minute.of("gone"), 1_000)).toEqual({ up: 0, down: 0 });
  });

  test("silence is a gap and not zero, and a clock set back starts anew", () => {
    const gap = recorded(traffic(1_100, 100), traffic(60_000, 100));
    expect(downs(gap, "tv")).toEqual([8_000, Number.NaN, 8_000]);
    expect(gap.mean(gap.total, 60_000)).toEqual({ up: 0, down: 8_000 });
    expect(downs(recorded(traffic(9_000, 100), traffic(100, 1)), "tv")).toEqual([80]);
  });

  test("holds a minute for as long as it runs and forgets devices that left", () => {
    const minute = new LastMinute();
    for (let at = 100; at <= 600_000; at += 100) minute.record(traffic(at, 100));
    let oldest = Number.POSITIVE_INFINITY;
    minute.each(minute.total, 0, (end) => {
      oldest = Math.min(oldest, end);
    });
    expect([minute.newest - oldest >= 60_000, minute.mean(minute.total, 60_000)]).toEqual([
      true,
      { up: 0, down: 8_000 },
    ]);
    minute.keep(new Set());
    expect(minute.of("tv")).toBeUndefined();
  });
});

describe("what was before", () => {
  const series: TrafficSeries = {
    from: 1_000,
    step: 100,
    groups: [
      {
        key: { device: "tv" as Mac },
        up: [0, 0, 0, 0],
        down: [10, 20, 30, 40],
        upPackets: [],
        downPackets: [],
      },
      { key: {}, up: [1, 1, 1, 1], down: [0, 0, 0, 0], upPackets: [], downPackets: [] },
    ],
  };

  test("is told as if it had been live, as far as it is known and up to where that began", () => {
    expect(eventsOf(series, 1_100, 1_350)).toEqual(
      [20, 30].map((down, i) => ({
        type: "traffic",
        at: 1_200 + i * 100,
        intervalMs: 100,
        total: { up: 1, down },
        devices: [{ mac: "tv", up: 0, down }],
      })),
    );
    expect(eventsOf({ ...series, groups: [] }, 0, 9_000)).toEqual([]);
  });

  test("stands before what is known, and changes none of it", () => {
    const minute = recorded(traffic(1_400, 100), traffic(1_500, 0, "nas"), traffic(9_000, 25));
    minute.precede(eventsOf(series, 0, 9_000));
    expect([downs(minute, "tv"), downs(minute, "nas"), minute.newest]).toEqual([
      [800, 1_600, 2_400, 8_000, 0, Number.NaN, 2_000],
      [0, 0, 0, 0, 0, Number.NaN, 0],
      9_000,
    ]);
  });

  test("is taken when nothing is known yet", () => {
    const minute = new LastMinute();
    minute.precede(eventsOf(series, 0, 9_000));
    expect(downs(minute, "tv")).toEqual([800, 1_600, 2_400, 3_200]);
  });
});

describe("spark lines", () => {
  test("points are means of two full seconds, so they move without changing", () => {
    const minute = new LastMinute();
    for (let at = 100; at <= 8_000; at += 100) minute.record(traffic(at, at <= 4_000 ? 100 : 0));
    const before = sparkPoints(minute, minute.of("tv"));
    for (let at = 8_100; at <= 10_000; at += 100) minute.record(traffic(at, 0));
    const after = sparkPoints(minute, minute.of("tv"));
    expect([before.length, before.slice(-4), after.slice(-5)]).toEqual([
      30,
      [8_000, 8_000, 0, 0],
      [8_000, 8_000, 0, 0, 0],
    ]);
  });

  test("the path fills its box, a silent one lies on the ground", () => {
    expect([sparkPath([0, 5, 10], 20, 10), sparkPath([0, 0], 20, 10)]).toEqual([
      "M0.0 10.0L10.0 5.0L20.0 0.0",
      "M0.0 10.0L20.0 10.0",
    ]);
  });
});

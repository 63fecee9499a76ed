import { describe, expect, test } from "bun:test";
import { healthy, unplugged } from "../../../test/harness/scripted-home.ts";
import type { Device } from "../api/router.ts";
import { backoff } from "./backoff.ts";
import { matching, ordered, orderOf, titleOf } from "./device-order.ts";
import { headline } from "./headline.ts";
import { Hues, hueOf } from "./hue.ts";
import { viewOf } from "./view.ts";

function device(part: Partial<Device>): Device {
  return {
    mac: "02:00:5e:00:00:01",
    name: "",
    hostName: null,
    address: null,
    ipv6: [],
    vendor: null,
    connected: true,
    port: null,
    network: null,
    firstSeen: 0,
    lastSeen: 0,
    leaseExpires: null,
    upBytes: 0,
    downBytes: 0,
    ...part,
  };
}

describe("devices in a list", () => {
  const tv = device({ mac: "a", name: "TV", address: "192.168.7.9", lastSeen: 3 });
  const nas = device({ mac: "b", name: "nas 10", address: "192.168.7.10", vendor: "Synology", lastSeen: 9 });
  const old = device({ mac: "c", name: "nas 9", connected: false });
  const weight = new Map([
    ["b", 5],
    ["c", 99],
  ]);

  test("connected ones first, then by what was asked, names and addresses as numbers", () => {
    const names = (order: string) => ordered([old, tv, nas], orderOf(order), weight).map(({ name }) => name);
    expect({
      traffic: names("traffic"),
      name: names("name"),
      address: names("address"),
      seen: names("seen"),
    }).toEqual({
      traffic: ["nas 10", "TV", "nas 9"],
      name: ["nas 10", "TV", "nas 9"],
      address: ["TV", "nas 10", "nas 9"],
      seen: ["nas 10", "TV", "nas 9"],
    });
    expect(orderOf("nonsense")).toBe("traffic");
  });

  test("every word of the filter must be somewhere in the device", () => {
    const found = (filter: string) => matching([tv, nas, old], filter).map(({ mac }) => mac);
    expect([found(" "), found("NAS"), found("nas syno"), found("7.9"), found("x")]).toEqual([
      ["a", "b", "c"],
      ["b", "c"],
      ["b"],
      ["a"],
      [],
    ]);
  });

  test("one without a name is called by its maker", () => {
    expect([titleOf(tv), titleOf(device({ vendor: "Sonos" })), titleOf(device({}))]).toEqual([
      "TV",
      "Sonos device",
      "Unnamed device",
    ]);
  });
});

describe("the headline", () => {
  test("says that all is well only when it is", () => {
    const well = healthy();
    expect([
      headline(well).text,
      headline(unplugged()).text,
      headline({ ...well, wan: { ...well.wan, state: "no-address" } }).text,
      headline({ ...well, nat: { ...well.nat, state: "stopped" } }).text,
      headline({ ...well, wifi: { ...well.wifi, state: "failed" } }).text,
    ]).toEqual([
      "Everything works.",
      "The Internet cable is unplugged.",
      "The provider gives no address.",
      "New connections have to wait.",
      "The Wi-Fi did not start.",
    ]);
  });

  test("the worst notice is the headline when the Internet works; information is none", () => {
    const notice = (severity: "info" | "warning" | "error") => ({
      id: severity,
      severity,
      text: severity,
      hint: "do",
    });
    const says = (...severities: ("info" | "warning" | "error")[]) =>
      headline({ ...healthy(), notices: severities.map(notice) });
    expect([says("info").mood, says("info", "warning", "error")]).toEqual([
      "good",
      { mood: "attention", text: "error.", advice: "do", notice: "error" },
    ]);
  });
});

test("the wait before a new try doubles up to 15 s, with up to a half left to chance", () => {
  expect([0, 1, 2, 9].map((attempt) => [backoff(attempt, () => 0), backoff(attempt, () => 1)])).toEqual([
    [500, 250],
    [1_000, 500],
    [2_000, 1_000],
    [15_000, 7_500],
  ]);
});

test("paths are views, whoever wrote them", () => {
  const paths = [
    "/",
    "/devices",
    "/devices/",
    "/devices/02%3A00:5E:00:00:01",
    "/network",
    "/setup",
    "/network/x",
    "/system/configuration",
    "/system",
    "/%",
  ];
  expect(paths.map(viewOf)).toEqual([
    { name: "home" },
    { name: "devices" },
    { name: "devices" },
    { name: "device", mac: "02:00:5e:00:00:01" },
    { name: "network" },
    { name: "nothing" },
    { name: "nothing" },
    { name: "configuration" },
    { name: "nothing" },
    { name: "nothing" },
  ]);
});

test("hues spread over the circle for neighbouring addresses", () => {
  const hues = Array.from({ length: 240 }, (_, i) =>
    hueOf(`02:00:5e:00:00:${i.toString(16).padStart(2, "0")}`),
  );
  const sixths = new Set(hues.map((hue) => Math.floor(hue / 60)));
  expect([hues.every((hue) => hue >= 0 && hue < 360), sixths.size, new Set(hues).size > 80]).toEqual([
    true,
    6,
    true,
  ]);
});

test("names that follow each other in a list have hues far apart, and keep them wherever they are seen", () => {
  const names = Array.from({ length: 300 }, (_, i) => `place-${i}.example`);
  const hues = new Hues();
  const given = names.map((name) => hues.of(name));
  const apart = (a: number, b: number) => Math.min((a - b + 360) % 360, (b - a + 360) % 360);
  const nearest = given.flatMap((hue, i) =>
    given.slice(Math.max(0, i - 9), i).map((other) => apart(hue, other)),
  );
  expect([Math.min(...nearest), new Set(given).size]).toEqual([30, 12]);
  expect(names.toReversed().map((name) => hues.of(name))).toEqual(given.toReversed());
});

test("a name alone has the same hue in every browser", () => {
  const alone = (name: string) => new Hues().of(name);
  expect(["example.com", "example.org"].map(alone)).toEqual([210, 270]);
  expect(new Set(Array.from({ length: 100 }, (_, i) => alone(`place-${i}.example`))).size).toBe(12);
});

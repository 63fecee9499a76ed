import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { changeText, diff } from "./diff.ts";
import { defaultConfig, parseConfig } from "./parse.ts";
import { VERSION } from "./schema.ts";
import { givenSecrets } from "./secrets.ts";

/** Revisions as programs before this one have written them to the router's disk. */
const STORED = join(import.meta.dir, "../../../test/fixtures/config");

/** What the stored revision `name` says today that a new router would not. */
function meaning(name: string): string[] {
  const parsed = parseConfig(JSON.parse(readFileSync(join(STORED, name), "utf8")).config);
  if ("faults" in parsed) return parsed.faults.map(({ path, message }) => `${path}: ${message}`);
  return [
    ...diff(defaultConfig, parsed.config).map(changeText),
    ...givenSecrets(parsed.config).map(({ value }) => value),
  ];
}

test("a document of the first version means what it meant", () => {
  const dhcp = { first: 50, reservations: [{ mac: "02:00:5e:10:00:01", address: 20, name: "nas" }] };
  const first = {
    version: 1,
    hostname: "door",
    wan: { port: "enp1s0", mode: "dhcp" },
    lan: { address: "192.168.5.1/24", ports: ["enp2s0"], dhcp },
    nat: { forwards: [{ external: 443, to: 20 }] },
    wifi: {
      name: "Home",
      passphrase: "correct horse",
      country: "DE",
      band: "5",
      channel: 100,
      security: "wpa3",
    },
  };
  const second = {
    version: 2,
    hostname: "door",
    wans: [{ port: "enp1s0" }],
    lans: [{ name: "home", address: "192.168.5.1/24", ports: ["enp2s0"], dhcp }],
    nat: first.nat,
    wifi: {
      country: "DE",
      radios: [{ band: "5", channel: 100 }],
      networks: [{ name: "Home", passphrase: "correct horse", security: "wpa3" }],
    },
  };
  expect(parseConfig(first)).toEqual(parseConfig(second));
  expect(parseConfig(first)).toHaveProperty("config.hostname", "door");
});

test("a document that says nothing of Wi-Fi gets today's defaults, one that does keeps the band it had", () => {
  const bandOf = (document: object) => {
    const parsed = parseConfig({ version: 1, ...document });
    return "config" in parsed && parsed.config.wifi.radios[0]?.band;
  };
  expect([bandOf({}), bandOf({ wifi: { passphrase: "correct horse" } })]).toEqual(["auto", "2.4"]);
});

test("faults of an earlier version are found under their present names, and nothing is thrown", () => {
  const documents = [
    { version: 1, wan: { port: 7 }, lan: 7, wifi: null },
    { version: 1, wifi: { band: 7, ssid: "x" } },
    { version: 1, wans: [] },
    { version: 0 },
    { version: 1.5 },
    { version: "1" },
  ];
  const paths = documents.map((document) => {
    const parsed = parseConfig(document);
    return "faults" in parsed ? parsed.faults.map(({ path }) => path) : [];
  });
  expect(paths).toEqual([
    ["wans.0.port", "lans.0", "wifi"],
    ["wifi.radios.0.band", "wifi.networks.0.ssid"],
    [],
    ["version"],
    ["version"],
    ["version"],
  ]);
});

test("every earlier version has stored revisions here, and each means what it meant", () => {
  const names = readdirSync(STORED).sort();
  const versions = names.map((name) => Number(/^version-(\d+)/.exec(name)?.[1]));
  expect([...new Set(versions)]).toEqual(Array.from({ length: VERSION - 1 }, (_, i) => i + 1));
  expect(Object.fromEntries(names.map((name) => [name, meaning(name)]))).toEqual({
    "version-1-nat.json": [
      "lans.home.address: auto -> 10.9.0.1/16",
      "nat.path: offload -> inline",
      "nat.filtering: open -> address",
      "nat.devices.02:00:5e:10:00:03: added filtering address-and-port",
      "nat.forwards.web: added protocol tcp, external 443, to 20",
      "nat.forwards.8000-8010: added to 10.9.0.30, port 9000",
      "nat.dmz: none -> 40",
      'nat.mapped."203.0.113.9": added to 41',
      "nat.timers.udp: 300 -> 600",
      "nat.deviceLimit: 16384 -> 4096",
      "wifi.radios.auto.band: auto -> 2.4",
      "wifi.networks.Gatehouse.enabled: true -> false",
    ],
    "version-1-traffic.json": [
      "traffic.visibleTo: owner -> household",
      "traffic.notRecorded: none -> 02:00:5e:10:00:04",
      "traffic.captureMegabytes: 5 -> 0",
      "traffic.captureTotalMegabytes: 256 -> 0",
      "traffic.historyMegabytes: 256 -> 64",
      "traffic.keepSecondsDays: 7 -> 3",
      "traffic.keepMinutesDays: 365 -> 30",
      "wifi.radios.auto.band: auto -> 2.4",
      "wifi.radios.auto.channel: auto -> 11",
      "wifi.networks.Gatehouse.name: Gatehouse -> Den",
      "wifi.networks.Gatehouse.passphrase: changed",
      "wifi.networks.Gatehouse.security: wpa2-wpa3 -> wpa2",
      "battery staple",
    ],
    "version-1.json": [
      "hostname: gatehouse -> door",
      "domain: lan -> home.arpa",
      "wans.internet.port: auto -> enp1s0",
      "lans.home.address: auto -> 192.168.5.1/24",
      "lans.home.ports: auto -> enp2s0, enp3s0",
      "lans.home.dhcp.first: auto -> 50",
      "lans.home.dhcp.last: auto -> 192.168.5.250",
      "lans.home.dhcp.leaseTime: 43200 -> 86400",
      "lans.home.dhcp.reservations.nas: added mac 02:00:5e:10:00:01, address 20",
      "lans.home.dhcp.reservations.02:00:5e:10:00:02: added address 192.168.5.21",
      "dns.upstreams: auto -> 192.0.2.1, 192.0.2.2",
      "wifi.country: none -> DE",
      "wifi.radios.auto.band: auto -> 5",
      "wifi.radios.auto.channel: auto -> 100",
      "wifi.networks.Gatehouse.name: Gatehouse -> Türschwelle",
      "wifi.networks.Gatehouse.passphrase: changed",
      "wifi.networks.Gatehouse.security: wpa2-wpa3 -> wpa3",
      "correct horse battery",
    ],
  });
});

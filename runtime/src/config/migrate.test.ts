import { expect, test } from "bun:test";
import { parseConfig } from "./parse.ts";

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

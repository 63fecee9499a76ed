import { expect, test } from "bun:test";
import { changeText, diff } from "./diff.ts";
import { defaultConfig, parseConfig } from "./parse.ts";
import type { Config } from "./schema.ts";

function parsed(document: object): Config {
  const result = parseConfig({ version: 2, ...document });
  if ("faults" in result) throw new Error(JSON.stringify(result.faults));
  return result.config;
}

const lines = (before: object, after: object) => diff(parsed(before), parsed(after)).map(changeText);

test("documents that say the same do not differ", () => {
  expect(diff(defaultConfig, parsed({ lans: [{ name: "home" }] }))).toEqual([]);
});

test("each field that is another is one line, with what it was and is", () => {
  const before = { lans: [{ address: "192.168.77.1/24" }] };
  const after = {
    hostname: "den",
    wans: [{ port: "enp1s0", vlan: 7 }],
    lans: [{ address: "192.168.5.1/24", ports: ["enp2s0", "enp3s0"], isolated: true }],
    dns: { upstreams: ["192.0.2.1", "192.0.2.2"] },
    nat: { timers: { udp: 600 } },
  };
  expect(lines(before, after)).toEqual([
    "hostname: gatehouse -> den",
    "wans.internet.port: auto -> enp1s0",
    "wans.internet.vlan: none -> 7",
    "lans.home.address: 192.168.77.1/24 -> 192.168.5.1/24",
    "lans.home.ports: auto -> enp2s0, enp3s0",
    "lans.home.isolated: false -> true",
    "dns.upstreams: auto -> 192.0.2.1, 192.0.2.2",
    "nat.timers.udp: 300 -> 600",
  ]);
  expect(diff(parsed(before), parsed(after))[2]).toEqual({
    path: "wans.internet.vlan",
    before: "none",
    after: "7",
  });
});

test("entries are compared with what they were, wherever they stand", () => {
  const home = { name: "home", address: "192.168.5.1/24" };
  const guest = { name: "guest", ports: ["enp3s0"], internet: true };
  const things = { name: "things", ports: ["enp4s0"], internet: false };
  const rule = { from: "home", to: "things" };
  const other = { from: "things", to: "home", host: "192.168.5.9", protocol: "tcp", ports: 443 };
  expect([
    lines({ lans: [home, guest] }, { lans: [home, things, { ...guest, router: false }] }),
    lines({ lans: [home, guest, things] }, { lans: [home, things] }),
    lines({ lans: [home, guest] }, { lans: [home, { ...guest, name: "visitors" }] }),
    lines({ lans: [home, guest, things] }, { lans: [things, home, guest] }),
    lines({ lans: [home, things], rules: [rule] }, { lans: [home, things], rules: [other, rule] }),
    lines({ lans: [home, things], rules: [rule] }, { lans: [home, things], rules: [other] }),
  ]).toEqual([
    ["lans.things: added ports enp4s0, internet false", "lans.guest.router: true -> false"],
    ["lans.guest: removed ports enp3s0"],
    ["lans.guest.name: guest -> visitors"],
    ["lans: home, guest, things -> things, home, guest"],
    ["rules: added from things, to home, host 192.168.5.9, protocol tcp, ports 443"],
    [
      "rules: removed from home, to things",
      "rules: added from things, to home, host 192.168.5.9, protocol tcp, ports 443",
    ],
  ]);
});

test("devices are known by their hardware address however it is written, forwards by name or port", () => {
  const before = {
    devices: [{ mac: "02:00:5e:10:00:01" }, { mac: "02:00:5e:10:00:02", paused: true }],
    nat: {
      forwards: [
        { external: 443, to: 20 },
        { name: "game", external: "8000-8010", to: 21 },
      ],
    },
  };
  const after = {
    devices: [{ mac: "02-00-5E-10-00-01", paused: true }],
    nat: {
      forwards: [
        { name: "game", external: "9000-9010", to: 21 },
        { external: 443, to: 22 },
      ],
    },
  };
  expect(lines(before, after)).toEqual([
    "nat.forwards.game.external: 8000-8010 -> 9000-9010",
    "nat.forwards.443.to: 20 -> 22",
    "nat.forwards: 443, game -> game, 443",
    "devices.02:00:5e:10:00:02: removed paused true",
    "devices.02:00:5e:10:00:01.mac: 02:00:5e:10:00:01 -> 02-00-5E-10-00-01",
    "devices.02:00:5e:10:00:01.paused: false -> true",
  ]);
});

test("secrets are never shown, neither alone nor in a new entry", () => {
  const networks = (passphrase: string | null, ...more: object[]) => ({
    wifi: { networks: [{ name: "My Net", passphrase }, ...more] },
  });
  const guests = { name: "Guests", passphrase: "battery staple" };
  expect([
    lines(networks("correct horse"), networks("correct mouse")),
    lines(networks(null), networks("correct horse", guests)),
    lines(networks("correct horse", guests), networks(null)),
    lines({}, { wans: [{ pppoe: { user: "me", password: "dsl secret" } }] }),
  ]).toEqual([
    ['wifi.networks."My Net".passphrase: changed'],
    ['wifi.networks."My Net".passphrase: changed', "wifi.networks.Guests: added passphrase"],
    ["wifi.networks.Guests: removed passphrase", 'wifi.networks."My Net".passphrase: changed'],
    ["wans.internet.pppoe.user: none -> me", "wans.internet.pppoe.password: changed"],
  ]);
});

test("of long lists what came and went is told, and no line is longer or more than one line", () => {
  const macs = Array.from({ length: 9 }, (_, i) => `02:00:5e:10:00:0${i}`);
  const rename = lines({}, { wifi: { networks: [{ name: "a\nb\u202ec" }] } });
  const ports = (count: number) => Array.from({ length: count }, (_, i) => `interface-${i}`);
  const long = lines({}, { lans: [{ ports: ports(64) }] });
  expect([
    lines(
      { traffic: { notRecorded: macs } },
      { traffic: { notRecorded: [...macs.slice(1), "02:00:5e:10:00:ff"] } },
    ),
    rename,
    long.map((line) => [line.length < 200, line.endsWith("…")]),
  ]).toEqual([
    ["traffic.notRecorded: removed 02:00:5e:10:00:00", "traffic.notRecorded: added 02:00:5e:10:00:ff"],
    ["wifi.networks.Gatehouse.name: Gatehouse -> a\ufffdb\ufffdc"],
    [[true, true]],
  ]);
});

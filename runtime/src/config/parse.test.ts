import { expect, test } from "bun:test";
import { defaultConfig, parseConfig } from "./parse.ts";

/** The paths of the faults in `document`, and what each is about. */
function faults(document: unknown): Record<string, string> {
  const result = parseConfig(document);
  return "faults" in result ? Object.fromEntries(result.faults.map((f) => [f.path, f.message])) : {};
}

test("a document that says nothing is a router with all defaults", () => {
  expect(parseConfig({ version: 1 })).toEqual({ config: defaultConfig });
  expect(defaultConfig).toEqual({
    version: 1,
    hostname: "gatehouse",
    domain: "lan",
    wan: { port: "auto", mode: "dhcp" },
    lan: {
      address: "auto",
      ports: "auto",
      dhcp: { first: "auto", last: "auto", leaseTime: 43_200, reservations: [] },
    },
    dns: { upstreams: "auto" },
    nat: {
      path: "offload",
      filtering: "open",
      devices: [],
      forwards: [],
      dmz: null,
      mapped: [],
      timers: { udp: 300, tcpEstablished: 7440, tcpTransitory: 240, icmpQuery: 60 },
      deviceLimit: 16_384,
    },
    traffic: {
      visibleTo: "owner",
      notRecorded: [],
      captureMegabytes: 5,
      captureTotalMegabytes: 256,
      historyMegabytes: 256,
      keepSecondsDays: 7,
      keepMinutesDays: 365,
    },
    wifi: {
      enabled: true,
      name: "Gatehouse",
      passphrase: null,
      country: null,
      band: "2.4",
      channel: "auto",
      security: "wpa2-wpa3",
    },
  });
});

test("parsing leaves the document as it was, and a full document is its own result", () => {
  const document = { version: 1, wan: {} };
  parseConfig(document);
  expect(document).toEqual({ version: 1, wan: {} });
  expect(parseConfig(structuredClone(defaultConfig))).toEqual({ config: defaultConfig });
});

test("every malformed field is reported at once", () => {
  const document = {
    version: 1,
    hostname: "-x",
    wan: { port: "eth0\n[Network]" },
    lan: {
      address: "192.168.1.1/33",
      ports: [1],
      dhcp: { leaseTime: "1h", first: 0, reservations: [{ mac: "02:00" }] },
    },
    dns: { upstreams: [] },
    nat: null,
    traffic: {
      visibleTo: "everyone",
      notRecorded: ["tv"],
      captureMegabytes: 51,
      historyMegabytes: 31,
      keepDays: 1,
      keepMinutesDays: 0.5,
    },
    wifi: { passphrase: "short", band: 6 },
    wfi: {},
  };
  expect(faults(document)).toEqual({
    wfi: "there is no field wfi",
    hostname: '"-x" is not 1 to 63 lower-case letters, digits or hyphens, with no hyphen at either end',
    "wan.port":
      '"eth0\\n[Network]" is not auto or an interface name such as enp1s0, of at most 15 characters',
    "lan.address":
      '"192.168.1.1/33" is not auto, or an address with a prefix length from 8 to 30 such as 192.168.77.1/24',
    "lan.ports": "[1] is not auto, or a list of different interface names",
    "lan.dhcp.first": "0 is not auto, an IPv4 address of the LAN, or its number within the LAN such as 20",
    "lan.dhcp.leaseTime": '"1h" is not a whole number of seconds from 120 (2 minutes) to 2592000 (30 days)',
    "lan.dhcp.reservations.0.address": "is missing",
    "lan.dhcp.reservations.0.mac": '"02:00" is not a MAC address such as 02:00:5e:10:00:01',
    "dns.upstreams": "[] is not auto, or a list of 1 to 8 different IPv4 addresses",
    nat: "null is not a group of fields",
    "traffic.keepDays": "there is no field keepDays",
    "traffic.visibleTo": '"everyone" is not owner or household',
    "traffic.notRecorded.0": '"tv" is not a MAC address such as 02:00:5e:10:00:01',
    "traffic.captureMegabytes": "51 is not a whole number of megabytes from 0 to 50",
    "traffic.historyMegabytes": "31 is not a whole number of megabytes from 32 to 2048",
    "traffic.keepMinutesDays": "0.5 is not a whole number of days from 0 to 400",
    "wifi.passphrase": "the value is not null, or 8 to 63 letters, digits, blanks and signs of ASCII",
    "wifi.band": '6 is not "2.4" or "5"',
  });
});

test("what is no document of this form is refused as a whole", () => {
  const documents = [null, [], "x", {}, { version: 2 }, JSON.parse('{"version":1,"__proto__":{}}')];
  expect(documents.map(faults)).toEqual([
    { "": "null is not a document" },
    { "": "[] is not a document" },
    { "": '"x" is not a document' },
    { version: "is missing" },
    { version: "version 2 was written by a newer Gatehouse" },
    { ["__proto__"]: "there is no field __proto__" },
  ]);
});

test("fields that contradict each other are reported at once", () => {
  const document = {
    version: 1,
    domain: "home.local",
    wan: { port: "eth0" },
    lan: {
      address: "192.168.5.1/24",
      ports: ["eth1", "eth0", "br-lan"],
      dhcp: {
        first: 200,
        last: "192.168.5.100",
        reservations: [
          { mac: "02:00:5e:00:00:01", address: 1 },
          { mac: "02-00-5E-00-00-01", address: "192.168.5.7", name: "gatehouse" },
          { mac: "02:00:5e:00:00:02", address: 7 },
        ],
      },
    },
    dns: { upstreams: ["192.0.2.1", "192.168.5.1", "127.0.0.53"] },
    wifi: { name: "ü".repeat(17), band: "5", channel: 6 },
  };
  expect(faults(document)).toEqual({
    domain: "local belongs to multicast DNS (RFC 6762), so devices would not ask the router for these names",
    "lan.ports.1": "eth0 is the WAN port already",
    "lan.ports.2": "br-lan is the bridge that joins the LAN ports",
    "lan.dhcp.last": "the last address handed out comes before the first",
    "lan.dhcp.reservations.0.address": "1 is taken by the router itself already",
    "lan.dhcp.reservations.1.mac": "02-00-5E-00-00-01 is taken by reservation 0 already",
    "lan.dhcp.reservations.1.name": "gatehouse is taken by the router itself already",
    "lan.dhcp.reservations.2.address": "7 is taken by reservation 1 already",
    "dns.upstreams.1": "192.168.5.1 is the router itself, so names would be asked in a circle",
    "dns.upstreams.2": "127.0.0.53 is the router itself, so names would be asked in a circle",
    "wifi.name": "the name is longer than 32 bytes of UTF-8 (letters beyond ASCII take 2 to 4)",
    "wifi.channel": "there is no channel 6 at 5 GHz",
    "wifi.country": "which 5 GHz channels may be used depends on the country, and none is chosen",
  });
});

test("addresses of the LAN lie inside it", () => {
  const lan = (address: string, first: number | string, last: number | string) =>
    faults({ version: 1, lan: { address, dhcp: { first, last } } });
  expect([
    lan("10.1.0.1/16", 300, "10.1.255.254"),
    lan("192.168.5.1/24", "192.168.6.2", 255),
    lan("auto", "192.168.5.2", 254),
    lan("192.168.5.1/28", 2, 15),
    lan("198.51.100.0/24", "auto", "auto"),
    lan("192.168.0.1/15", "auto", "auto"),
  ]).toEqual([
    {},
    {
      "lan.dhcp.first": "192.168.6.2 is not a host's address in the LAN, 192.168.5.1/24",
      "lan.dhcp.last": "255 is not a host's address in the LAN, 192.168.5.1/24",
    },
    { "lan.dhcp.first": "192.168.5.2 may lie outside the LAN, whose network is chosen automatically" },
    { "lan.dhcp.last": "15 is not a host's address in the LAN, 192.168.5.1/28" },
    { "lan.address": "198.51.100.0/24 is the network's first or last address, which no host may have" },
    { "lan.address": "192.168.0.1/15 is not within a private network (RFC 1918)" },
  ]);
});

test("every fault of address translation names its field", () => {
  const forwards = [
    { external: 80, to: 20 },
    { external: "70-90", protocol: "tcp", to: 21 },
    { external: 8080, to: 20, port: 80 },
    { external: "9010-9000", to: 22 },
    { external: "60000-61000", to: 22, port: 65_000 },
    { external: 68, protocol: "both", to: 23 },
    { external: 12_000, protocol: "tcp", to: 23 },
    { external: 443, to: 1 },
    { external: 444, to: 300 },
  ];
  const nat = {
    forwards,
    dmz: "192.168.1.5",
    devices: [
      { mac: "02:00:5e:10:00:01", filtering: "address" },
      { mac: "02-00-5E-10-00-01", filtering: "open" },
    ],
    mapped: [
      { external: "203.0.113.9", to: 30 },
      { external: "203.0.113.9", to: 30 },
      { external: "224.0.0.1", to: 31 },
    ],
  };
  expect(Object.keys(faults({ version: 1, nat }))).toEqual([
    "nat.dmz",
    "nat.forwards.7.to",
    "nat.forwards.8.to",
    "nat.devices.1.mac",
    "nat.forwards.1.external",
    "nat.forwards.2.port",
    "nat.forwards.3.external",
    "nat.forwards.4.port",
    "nat.forwards.5.external",
    "nat.forwards.6.external",
    "nat.mapped.1.external",
    "nat.mapped.1.to",
    "nat.mapped.2.external",
  ]);
});

test("a range may be as long as the ports, and shifted as long as the kernel takes it quickly", () => {
  const forward = (external: string, port?: number) => ({ external, to: 20, ...(port && { port }) });
  const nat = (...forwards: object[]) => ({ version: 1, nat: { forwards } });
  expect([
    faults(nat(forward("20000-65535"))),
    faults(nat(forward("20000-24999", 30_000))),
    faults(nat(forward("20000-25000", 30_000))),
  ]).toEqual([
    {},
    {},
    { "nat.forwards.0.port": "with this one more than 10000 forwarded ports are others at the device" },
  ]);
});

test("forwards of different protocols share ports, and timers keep the RFCs' minima", () => {
  const forwards = [
    { external: 5000, protocol: "tcp", to: 20 },
    { external: 5000, protocol: "udp", to: 21, port: 6000 },
  ];
  const ok = parseConfig({ version: 1, nat: { forwards } });
  expect("config" in ok && ok.config.nat.forwards).toEqual(forwards as never);
  expect(faults({ version: 1, nat: { timers: { udp: 119 } } })).toEqual({
    "nat.timers.udp": "119 is not a whole number of seconds from 120 to 604800 (7 days)",
  });
});

test("a device that is not recorded is named once, and all captures together have room for one device's", () => {
  const traffic = {
    notRecorded: ["02:00:5e:10:00:01", "02-00-5E-10-00-01"],
    captureMegabytes: 6,
    captureTotalMegabytes: 5,
  };
  expect(faults({ version: 1, traffic })).toEqual({
    "traffic.notRecorded.1": "02-00-5E-10-00-01 is the device of traffic.notRecorded.0 already",
    "traffic.captureTotalMegabytes": "5 megabytes for all devices are less than the 6 of one",
  });
  expect(faults({ version: 1, traffic: { captureMegabytes: 0, captureTotalMegabytes: 0 } })).toEqual({});
});

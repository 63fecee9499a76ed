import { expect, test } from "bun:test";
import { defaultConfig, parseConfig } from "./parse.ts";

/** The paths of the faults in `document`, and what each is about. */
function faults(document: unknown): Record<string, string> {
  const result = parseConfig(document);
  return "faults" in result ? Object.fromEntries(result.faults.map((f) => [f.path, f.message])) : {};
}

test("a document that says nothing is a router with all defaults", () => {
  expect(parseConfig({ version: 2 })).toEqual({ config: defaultConfig });
  expect(defaultConfig).toEqual({
    version: 2,
    hostname: "gatehouse",
    domain: "lan",
    timezone: "UTC",
    wans: [
      {
        name: "internet",
        port: "auto",
        vlan: null,
        mac: null,
        mode: "dhcp",
        static: { address: null, gateway: null, dns: [] },
        pppoe: { user: "", password: "", service: "" },
        mtu: "auto",
        check: "auto",
        download: null,
        upload: null,
      },
    ],
    lans: [
      {
        name: "home",
        address: "auto",
        ports: "auto",
        vlan: null,
        tagged: [],
        dhcp: { first: "auto", last: "auto", leaseTime: 43_200, reservations: [] },
        internet: true,
        router: true,
        isolated: false,
      },
    ],
    rules: [],
    discovery: [],
    dns: { upstreams: "auto" },
    ipv6: { enabled: true, ula: "auto", pinholes: [] },
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
    groups: [],
    devices: [],
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
      country: null,
      radios: [{ interface: "auto", enabled: true, band: "auto", channel: "auto", width: "auto" }],
      networks: [
        {
          name: "Gatehouse",
          enabled: true,
          passphrase: null,
          security: "wpa2-wpa3",
          lan: "home",
          bands: "all",
          hidden: false,
          isolated: false,
          off: [],
        },
      ],
    },
  });
});

test("parsing leaves the document as it was, and a full document is its own result", () => {
  const document = { version: 2, wans: [{}] };
  parseConfig(document);
  expect(document).toEqual({ version: 2, wans: [{}] });
  expect(parseConfig(structuredClone(defaultConfig))).toEqual({ config: defaultConfig });
});

test("every malformed field is reported at once", () => {
  const document = {
    version: 2,
    hostname: "-x",
    wans: [{ port: "eth0\n[Network]", vlan: 4095, mode: "pppoa", pppoe: { password: "a\nb" } }],
    lans: [
      {
        name: "much-too-long",
        address: "192.168.1.1/33",
        ports: [1],
        dhcp: { leaseTime: "1h", first: 0, reservations: [{ mac: "02:00" }] },
      },
    ],
    rules: [{ from: "home", ports: "1-70000" }],
    devices: [{ mac: "02:00:5e:10:00:01", offline: [{ days: ["someday"], from: "24:00", to: "06:00" }] }],
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
    wifi: { radios: [{ band: 6 }], networks: [{ passphrase: "short" }] },
    wfi: {},
  };
  expect(faults(document)).toEqual({
    wfi: "there is no field wfi",
    hostname: '"-x" is not 1 to 63 lower-case letters, digits or hyphens, with no hyphen at either end',
    "wans.0.port":
      '"eth0\\n[Network]" is not auto or an interface name such as enp1s0, of at most 15 characters',
    "wans.0.vlan": "4095 is not null, or a whole number from 1 to 4094",
    "wans.0.mode": '"pppoa" is not dhcp, static or pppoe',
    "wans.0.pppoe.password": "the value is not at most 128 letters, digits, blanks and signs of ASCII",
    "lans.0.name":
      '"much-too-long" is not 1 to 11 lower-case letters, digits or hyphens, with no hyphen at either end',
    "lans.0.address":
      '"192.168.1.1/33" is not auto, or an address with a prefix length from 8 to 30 such as 192.168.77.1/24',
    "lans.0.ports": "[1] is not auto, or a list of different interface names",
    "lans.0.dhcp.first": "0 is not auto, an IPv4 address of the LAN, or its number within the LAN such as 20",
    "lans.0.dhcp.leaseTime":
      '"1h" is not a whole number of seconds from 120 (2 minutes) to 2592000 (30 days)',
    "lans.0.dhcp.reservations.0.address": "is missing",
    "lans.0.dhcp.reservations.0.mac": '"02:00" is not a MAC address such as 02:00:5e:10:00:01',
    "dns.upstreams": "[] is not auto, or a list of 1 to 8 different IPv4 addresses",
    nat: "null is not a group of fields",
    "traffic.keepDays": "there is no field keepDays",
    "traffic.visibleTo": '"everyone" is not owner or household',
    "traffic.notRecorded.0": '"tv" is not a MAC address such as 02:00:5e:10:00:01',
    "traffic.captureMegabytes": "51 is not a whole number of megabytes from 0 to 50",
    "traffic.historyMegabytes": "31 is not a whole number of megabytes from 32 to 2048",
    "traffic.keepMinutesDays": "0.5 is not a whole number of days from 0 to 400",
    "rules.0.to": "is missing",
    "rules.0.ports": '"1-70000" is not null, a port from 1 to 65535, or a range such as "8000-8010"',
    "devices.0.offline.0.days.0": '"someday" is not mon, tue, wed, thu, fri, sat, sun',
    "devices.0.offline.0.from": '"24:00" is not a time such as 21:30',
    "wifi.networks.0.passphrase":
      "the value is not null, or 8 to 63 letters, digits, blanks and signs of ASCII",
    "wifi.radios.0.band": '6 is not auto, "2.4", "5" or "6"',
  });
});

test("what is no document of this form is refused as a whole", () => {
  const documents = [null, [], "x", {}, { version: 3 }, JSON.parse('{"version":2,"__proto__":{}}')];
  expect(documents.map(faults)).toEqual([
    { "": "null is not a document" },
    { "": "[] is not a document" },
    { "": '"x" is not a document' },
    { version: "is missing" },
    { version: "version 3 was written by a newer Gatehouse" },
    { ["__proto__"]: "there is no field __proto__" },
  ]);
});

test("fields that contradict each other are reported at once", () => {
  const document = {
    version: 2,
    domain: "home.local",
    timezone: "Europe/Atlantis",
    wans: [{ port: "eth0" }],
    lans: [
      {
        address: "192.168.5.1/24",
        ports: ["eth1", "eth0", "br-home"],
        router: false,
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
    ],
    dns: { upstreams: ["192.0.2.1", "192.168.5.1", "127.0.0.53"] },
    wifi: { radios: [{ band: "5", channel: 6 }], networks: [{ name: "ü".repeat(17), lan: "guest" }] },
  };
  expect(faults(document)).toEqual({
    domain: "local belongs to multicast DNS (RFC 6762), so devices would not ask the router for these names",
    timezone: "Europe/Atlantis is no time zone that is known here",
    "lans.0.router":
      "home is the owner's network, and without the router's page nobody could change anything any more",
    "lans.0.dhcp.last": "the last address handed out comes before the first",
    "lans.0.dhcp.reservations.0.address": "1 is taken by the router itself already",
    "lans.0.dhcp.reservations.1.mac": "02-00-5E-00-00-01 is taken by lans.0.dhcp.reservations.0 already",
    "lans.0.dhcp.reservations.1.name": "gatehouse is taken by the router itself already",
    "lans.0.dhcp.reservations.2.address": "7 is taken by lans.0.dhcp.reservations.1 already",
    "lans.0.ports.1": "eth0 is internet's already",
    "lans.0.ports.2": "br-home is an interface of the router's own making",
    "dns.upstreams.1": "192.168.5.1 is the router itself, so names would be asked in a circle",
    "dns.upstreams.2": "127.0.0.53 is the router itself, so names would be asked in a circle",
    "wifi.networks.0.name": "the name is longer than 32 bytes of UTF-8 (letters beyond ASCII take 2 to 4)",
    "wifi.networks.0.lan": "there is no network guest",
    "wifi.radios.0.channel": "there is no channel 6 at 5 GHz",
    "wifi.country": "which 5 GHz channels may be used depends on the country, and none is chosen",
  });
});

test("addresses of the LAN lie inside it", () => {
  const lan = (address: string, first: number | string, last: number | string) =>
    faults({ version: 2, lans: [{ address, dhcp: { first, last } }] });
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
      "lans.0.dhcp.first": "192.168.6.2 is not a host's address in the network 192.168.5.1/24",
      "lans.0.dhcp.last": "255 is not a host's address in the network 192.168.5.1/24",
    },
    { "lans.0.dhcp.first": "192.168.5.2 may lie outside the network home, which is chosen automatically" },
    { "lans.0.dhcp.last": "15 is not a host's address in the network 192.168.5.1/28" },
    { "lans.0.address": "198.51.100.0/24 is the network's first or last address, which no host may have" },
    { "lans.0.address": "192.168.0.1/15 is not within a private network (RFC 1918)" },
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
  expect(Object.keys(faults({ version: 2, nat }))).toEqual([
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
  const nat = (...forwards: object[]) => ({ version: 2, nat: { forwards } });
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
  const ok = parseConfig({ version: 2, nat: { forwards } });
  expect("config" in ok && ok.config.nat.forwards).toEqual(forwards as never);
  expect(faults({ version: 2, nat: { timers: { udp: 119 } } })).toEqual({
    "nat.timers.udp": "119 is not a whole number of seconds from 120 to 604800 (7 days)",
  });
});

test("a device that is not recorded is named once, and all captures together have room for one device's", () => {
  const traffic = {
    notRecorded: ["02:00:5e:10:00:01", "02-00-5E-10-00-01"],
    captureMegabytes: 6,
    captureTotalMegabytes: 5,
  };
  expect(faults({ version: 2, traffic })).toEqual({
    "traffic.notRecorded.1": "02-00-5E-10-00-01 is the device of traffic.notRecorded.0 already",
    "traffic.captureTotalMegabytes": "5 megabytes for all devices are less than the 6 of one",
  });
  expect(faults({ version: 2, traffic: { captureMegabytes: 0, captureTotalMegabytes: 0 } })).toEqual({});
});

test("faults between ways out, networks, rules and devices name their fields", () => {
  const document = {
    version: 2,
    wans: [
      { port: "eth0", mode: "static", mac: "01:00:5e:00:00:01" },
      { port: "eth1", mode: "pppoe", mtu: 1501 },
      {
        name: "third",
        mode: "static",
        static: { address: "192.168.5.9/24", gateway: "192.168.6.1", dns: ["192.0.2.1"] },
      },
    ],
    lans: [
      { address: "192.168.5.1/24", tagged: ["eth1"] },
      { name: "guest", address: "192.168.5.129/25", vlan: 20 },
      { name: "guest", ports: ["eth2"], vlan: 20, tagged: ["eth3"] },
      { name: "things", ports: ["eth2"], vlan: 20, tagged: ["eth3"] },
    ],
    rules: [
      { from: "home", to: "home" },
      { from: "attic", to: "guest", ports: 80 },
      { from: "home", to: "guest", host: "192.168.5.1", protocol: "tcp", ports: "90-80" },
    ],
    discovery: ["cellar"],
    ipv6: { pinholes: [{ device: "02:00:5e:10:00:01", ports: 22 }] },
    groups: [{ name: "kids" }, { name: "kids" }],
    devices: [
      { mac: "02:00:5e:10:00:01", group: "cats", offline: [{ from: "20:00", to: "20:00" }] },
      { mac: "02-00-5E-10-00-01" },
    ],
    wifi: {
      radios: [{}, {}, { interface: "wlan0", channel: 6 }],
      networks: [{}, { security: "wpa2", bands: ["6"] }],
    },
  };
  expect(Object.keys(faults(document)).sort()).toEqual([
    "devices.0.group",
    "devices.0.offline.0.to",
    "devices.1.mac",
    "discovery.0",
    "groups.1.name",
    "ipv6.pinholes.0.protocol",
    "lans.0.tagged.0",
    "lans.0.vlan",
    "lans.1.address",
    "lans.1.ports",
    "lans.1.tagged",
    "lans.2.name",
    "lans.3.ports.0",
    "lans.3.tagged.0",
    "rules.0.to",
    "rules.1.from",
    "rules.1.protocol",
    "rules.2.host",
    "rules.2.ports",
    "wans.0.mac",
    "wans.0.static.address",
    "wans.0.static.dns",
    "wans.0.static.gateway",
    "wans.1.mtu",
    "wans.1.name",
    "wans.1.pppoe.password",
    "wans.1.pppoe.user",
    "wans.2.static.address",
    "wans.2.static.gateway",
    "wifi.networks.1.name",
    "wifi.networks.1.security",
    "wifi.radios.1.interface",
    "wifi.radios.2.band",
  ]);
});

import { expect, test } from "bun:test";
import { configOf } from "../../render/network.fixture.ts";
import { planNetwork } from "../../render/plan.ts";
import { mayCutOff } from "./cut-off.ts";

const links = [
  ...["eth0", "eth1", "eth2"].map((name) => ({ name, medium: "ethernet" as const })),
  { name: "wlan0", medium: "radio" as const },
];
const network = (document: object) =>
  planNetwork(configOf(document), {
    links,
    prefixesOf: () => [],
    current: new Map(),
    provenWan: undefined,
    failing: new Set(),
    accessPoints: () => [],
  }).network;

/** What the former configuration is changed in, and whether that can part a device from the router. */
const CHANGES: [string, object, boolean][] = [
  ["nothing", {}, false],
  ["the router's name", { hostname: "den" }, false],
  ["a device's name", { lans: [lan({ dhcp: { reservations: [reservation("nas")] } })] }, false],
  ["addresses handed out", { lans: [lan({ dhcp: { first: 50, last: 60 } })] }, false],
  ["what is recorded", { traffic: { visibleTo: "household" } }, false],
  ["a forward", { nat: { forwards: [{ external: 80, to: 20 }] } }, false],
  ["name servers", { dns: { upstreams: ["192.0.2.53"] } }, false],
  ["the home's address", { lans: [lan({ address: "10.0.0.1/24" })] }, true],
  ["only the length of its network", { lans: [lan({ address: "192.168.77.1/23" })] }, true],
  ["the bridge's name", { lans: [lan({ name: "ours" })], wifi: { networks: [] } }, true],
  ["a port less", { lans: [lan({ ports: ["eth1"] })] }, true],
  ["a VLAN", { lans: [lan({ vlan: 7, ports: ["eth1"], tagged: ["eth2"] })] }, true],
  ["another network", { lans: [lan(), { name: "guest", address: "10.0.0.1/24", ports: [] }] }, true],
  ["devices kept from each other", { lans: [lan({ isolated: true })] }, true],
  ["the way out's port", { wans: [{ port: "eth1" }] }, true],
  ["its VLAN", { wans: [{ vlan: 7 }] }, true],
  [
    "its address",
    {
      wans: [
        { mode: "static", static: { address: "192.0.2.5/24", gateway: "192.0.2.1", dns: ["192.0.2.53"] } },
      ],
    },
    true,
  ],
  ["its hardware address", { wans: [{ mac: "02:00:5e:10:00:01" }] }, true],
  ["Wi-Fi", { wifi: { country: "DE", networks: [{ passphrase: "correct horse" }] } }, true],
];

function lan(fields: object = {}): object {
  return { name: "home", address: "192.168.77.1/24", ...fields };
}

function reservation(name: string): object {
  return { mac: "02:00:5e:00:53:01", address: 20, name };
}

test.each(CHANGES)("of %s", (_, change, expected) => {
  const [before, after] = [network({ lans: [lan()] }), network({ lans: [lan()], ...change })];
  expect([mayCutOff(before, after), mayCutOff(after, before)]).toEqual([expected, expected]);
});

test("of whom the page is open to", () => {
  const guest = { name: "guest", address: "10.0.0.1/24", ports: [] };
  const [open, closed] = [true, false].map((router) => network({ lans: [lan(), { ...guest, router }] }));
  expect(mayCutOff(open!, closed!)).toBe(true);
});

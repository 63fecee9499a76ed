import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { defaultConfig } from "../config/parse.ts";
import { ROUTER_PORTS } from "../nat/external-ports.ts";
import { renderClosedFirewall } from "./firewall.ts";
import { configOf, networkWith } from "./network.fixture.ts";
import type { Network, RenderedFile } from "./network.ts";
import { planNetwork } from "./plan.ts";
import { render } from "./render.ts";
import { LOCAL_PORTS } from "./sysctl.ts";

/**
 * Each folder of golden/ is what a network compiles to. After a change that is meant, write them anew with
 * `GOLDEN=write bun test runtime/src/render` and read the difference.
 */
const GOLDEN = join(import.meta.dir, "golden");

const wifi = { country: "DE", networks: [{ passphrase: "correct horse" }] };
const plugged = { wan: "enp1s0", ports: ["enp2s0", "enp3s0"] };
const networks: Record<string, Network> = {
  home: networkWith({ config: configOf({ wifi }), ...plugged }),
  "nothing-plugged-in": networkWith({ config: defaultConfig, prefix: "10.117.77.1/24" }),
  "wpa3-5ghz": networkWith({
    ...plugged,
    config: configOf({
      nat: { mapped: [{ external: "203.0.113.9", to: 20 }] },
      wifi: {
        country: "DE",
        radios: [{ band: "5", channel: 100 }],
        networks: [{ passphrase: "correct horse", name: 'Zoë\'s "net"\n', security: "wpa3" }],
      },
    }),
    ports: ["enp2s0"],
    idle: ["enp3s0"],
  }),
  "every-kind": everyKind(),
};

/** Ways to the Internet and networks of every kind, sharing ports by VLANs. */
function everyKind(): Network {
  const config = configOf({
    wans: [
      {
        name: "fibre",
        port: "enp1s0",
        vlan: 7,
        mode: "pppoe",
        pppoe: { user: "kunde#1@provider", password: "a \"b\\c' #", service: "any" },
        mtu: 1500,
        upload: 40,
        download: 250,
      },
      {
        name: "line",
        port: "enp4s0",
        mac: "02-00-5E-10-00-09",
        mtu: 1400,
        upload: 2.5,
        download: 16,
        mode: "static",
        static: { address: "203.0.113.5/24", gateway: "203.0.113.1", dns: ["203.0.113.53"] },
      },
      { name: "mobile", port: "enp5s0" },
    ],
    lans: [
      { ports: ["enp2s0"], isolated: true },
      { name: "guest", ports: ["enp3s0"], vlan: 20, tagged: ["enp2s0", "enp5s0"], router: false },
      { name: "things", ports: [], vlan: 30, tagged: ["enp1s0"], internet: false },
    ],
    rules: [
      { from: "home", to: "things" },
      { from: "guest", to: "things", host: 20, protocol: "tcp", ports: "631-632" },
    ],
  });
  const names = ["enp1s0", "enp2s0", "enp3s0", "enp4s0", "enp5s0", "enp6s0"];
  return planNetwork(config, {
    links: names.map((name, i) => ({ name, medium: "ethernet", permanentMac: `00:00:5e:00:53:0${i}` })),
    prefixesOf: () => [],
    current: new Map(),
    provenWan: undefined,
    failing: new Set(["fibre"]),
    accessPoints: () => null,
  }).network;
}

for (const [name, network] of Object.entries(networks)) {
  test(`what the network ${name} compiles to`, async () => {
    const { firewall, sysctl, networkd, hostapd, ppp } = render(network);
    const files = [
      { name: "firewall.nft", text: firewall },
      { name: "sysctl.conf", text: sysctl.map(({ key, value }) => `${key} = ${value}\n`).join("") },
      ...networkd,
      ...(hostapd ?? []),
      ...ppp,
    ];
    expect(byName(files)).toEqual(await golden(name, files));
  });
}

test("the policy before any configuration", async () => {
  const files = [{ name: "firewall.nft", text: renderClosedFirewall() }];
  expect(byName(files)).toEqual(await golden("boot", files));
});

test("the router's own connections start from ports that the NAT leaves alone", () => {
  expect(ROUTER_PORTS).toContainEqual(LOCAL_PORTS);
});

function byName(files: RenderedFile[]): Record<string, string> {
  return Object.fromEntries(files.map(({ name, text }) => [name, text]));
}

async function golden(name: string, rendered: RenderedFile[]): Promise<Record<string, string>> {
  const folder = join(GOLDEN, name);
  if (process.env.GOLDEN === "write") {
    for (const file of rendered) await Bun.write(join(folder, file.name), file.text);
  }
  const texts = readdirSync(folder).map(async (file) => [file, await Bun.file(join(folder, file)).text()]);
  return Object.fromEntries(await Promise.all(texts));
}

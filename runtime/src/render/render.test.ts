import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parsePrefix } from "../addr/prefix.ts";
import { defaultConfig } from "../config/parse.ts";
import { ROUTER_PORTS } from "../nat/external-ports.ts";
import { renderClosedFirewall } from "./firewall.ts";
import type { Network, RenderedFile } from "./network.ts";
import { render } from "./render.ts";
import { LOCAL_PORTS } from "./sysctl.ts";

/**
 * Each folder of golden/ is what a network compiles to. After a change that is meant, write them anew with
 * `GOLDEN=write bun test runtime/src/render` and read the difference.
 */
const GOLDEN = join(import.meta.dir, "golden");

const home: Network = {
  config: { ...defaultConfig, wifi: { ...defaultConfig.wifi, passphrase: "correct horse", country: "DE" } },
  wan: "enp1s0",
  lan: ["enp2s0", "enp3s0"],
  idle: [],
  radios: ["wlp4s0"],
  prefix: parsePrefix("192.168.77.1/24")!,
};
const { wifi } = home.config;
const networks: Record<string, Network> = {
  home,
  "nothing-plugged-in": {
    ...home,
    wan: undefined,
    lan: [],
    radios: [],
    prefix: parsePrefix("10.117.77.1/24")!,
  },
  "wpa3-5ghz": {
    ...home,
    lan: ["enp2s0"],
    idle: ["enp3s0"],
    config: {
      ...home.config,
      nat: { ...home.config.nat, mapped: [{ external: "203.0.113.9", to: 20 }] },
      wifi: { ...wifi, name: 'Zoë\'s "net"\n', band: "5", channel: 100, security: "wpa3" },
    },
  },
};

for (const [name, network] of Object.entries(networks)) {
  test(`what the network ${name} compiles to`, async () => {
    const { firewall, sysctl, networkd, hostapd } = render(network);
    const files = [
      { name: "firewall.nft", text: firewall },
      { name: "sysctl.conf", text: sysctl.map(({ key, value }) => `${key} = ${value}\n`).join("") },
      ...networkd,
      ...hostapd,
    ];
    expect(byName(files)).toEqual(await golden(name, files));
  });
}

test("the policy before any configuration", async () => {
  const files = [{ name: "firewall.nft", text: renderClosedFirewall() }];
  expect(byName(files)).toEqual(await golden("boot", files));
});

test("no Wi-Fi without a passphrase, and none that could end its line", () => {
  const withPassphrase = (passphrase: string | null) =>
    render({ ...home, config: { ...home.config, wifi: { ...wifi, passphrase } } }).hostapd;
  expect(withPassphrase(null)).toEqual([]);
  expect(() => withPassphrase("12345678\nwpa=0")).toThrow(RangeError);
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

import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Mac } from "../addr/mac.ts";
import { parsePhys } from "../linux/wireless/phy.ts";
import { networkInterface, renderHostapd } from "./hostapd.ts";
import { configOf } from "./network.fixture.ts";
import { planRadios, type Radio } from "./wifi/radios.ts";

/** What each configuration compiles to, by name; written anew with `GOLDEN=write bun test runtime/src/render`. */
const GOLDEN = join(import.meta.dir, "golden/wifi");
const FIXTURES = join(import.meta.dir, "../../../test/fixtures/iw");

async function radios(fixture: string, ...names: string[]): Promise<Radio[]> {
  const phys = parsePhys(await Bun.file(join(FIXTURES, `${fixture}.txt`)).text());
  return names.map((name, i) => ({
    name,
    mac: `00:00:5e:00:53:0${i + 1}` as Mac,
    abilities: phys[i]!,
    neighbours: [],
    mhz: null,
  }));
}

const passphrase = "correct horse";
const lans = [{}, { name: "guest", ports: [] }];
const CASES: Record<string, { radios: Radio[]; wifi: object }> = {
  "every-security": {
    radios: await radios("mt7916-germany", "wlp4s0", "wlx0123456789ab"),
    wifi: {
      country: "DE",
      networks: [
        { passphrase },
        { name: 'Zoë\'s "net"\n', passphrase, security: "wpa3", hidden: true },
        { name: "Old", passphrase, security: "wpa2", bands: ["2.4"] },
        { name: "Guests", passphrase: " a|mac=b #=\\ P ", lan: "guest", isolated: true },
      ],
    },
  },
  "6ghz": {
    radios: (await radios("mt7916-germany", "wlp4s0", "wlp5s0")).slice(1),
    wifi: { country: "DE", radios: [{ band: "6" }], networks: [{ passphrase }] },
  },
  "6ghz-narrow": {
    radios: (await radios("mt7916-germany", "wlp4s0", "wlp5s0")).slice(1),
    wifi: { country: "DE", radios: [{ band: "6", channel: 21, width: 20 }], networks: [{ passphrase }] },
  },
  "5ghz-radar": {
    radios: (await radios("mt7916-germany", "wlp4s0", "wlp5s0")).slice(1),
    wifi: { country: "DE", radios: [{ band: "5", channel: 116, width: 160 }], networks: [{ passphrase }] },
  },
  "5ghz-802.11n": {
    radios: await radios("ar9380-germany", "wlan0"),
    wifi: { country: "DE", radios: [{ band: "5", channel: 40 }], networks: [{ passphrase }] },
  },
  "no-country": {
    radios: await radios("ax210-no-country", "wlan0"),
    wifi: { radios: [{ band: "2.4", channel: 11, width: 40 }], networks: [{ passphrase }] },
  },
};

for (const [name, { radios, wifi }] of Object.entries(CASES)) {
  test(`what the access points of ${name} compile to`, async () => {
    const config = configOf({ lans, wifi });
    const serving = planRadios(config.wifi, radios, () => false).flatMap(
      ({ accessPoint }) => accessPoint ?? [],
    );
    const files = renderHostapd(serving, config.wifi.country);
    const folder = join(GOLDEN, name);
    if (process.env.GOLDEN === "write")
      for (const file of files) await Bun.write(join(folder, file.name), file.text);
    const golden = readdirSync(folder).map(async (file) => ({
      name: file,
      text: await Bun.file(join(folder, file)).text(),
    }));
    const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
    expect(files.toSorted(byName)).toEqual((await Promise.all(golden)).toSorted(byName));
  });
}

test("a passphrase that could end its line is refused, whoever let it through", async () => {
  const config = configOf({ wifi: { networks: [{ passphrase }] } });
  const [plan] = planRadios(config.wifi, await radios("ar9380-germany", "wlan0"), () => false);
  const [network] = config.wifi.networks;
  const networks = [{ ...network!, passphrase: "12345678\nwpa=0" }];
  expect(() => renderHostapd([{ ...plan!.accessPoint!, networks }], null)).toThrow(RangeError);
});

test("interfaces of further networks have at most 15 characters and differ", () => {
  const names = ["wlan0", "wlp4s0", "wlx0123456789ab", "wlx0123456789ac"];
  const interfaces = names.flatMap((name) => [0, 1, 7].map((i) => networkInterface(name, i)));
  expect(new Set(interfaces).size).toBe(interfaces.length);
  expect(interfaces.filter((name) => name.length > 15)).toEqual([]);
});

import { expect, test } from "bun:test";
import { join } from "node:path";
import { parsePhys } from "../../linux/wireless/phy.ts";
import { configOf } from "../network.fixture.ts";
import { channelsOf, type Neighbour } from "./channels.ts";
import { planRadios, type Radio } from "./radios.ts";

const FIXTURES = join(import.meta.dir, "../../../../test/fixtures/iw");
const phys = async (name: string) => parsePhys(await Bun.file(join(FIXTURES, `${name}.txt`)).text());
const [LOWER, UPPER] = await phys("mt7916-germany");
const [INTEL] = await phys("ax210-no-country");
const [ATHEROS] = await phys("ar9380-germany");
const [CLIENT] = await phys("ipw2200");

const radio = (name: string, abilities = ATHEROS!, more: Partial<Radio> = {}): Radio => ({
  name,
  mac: null,
  abilities,
  neighbours: [],
  mhz: null,
  ...more,
});
const passphrase = "correct horse";

/** Of each radio where it sends and what, or why not. */
function told(wifi: object, ...radios: Radio[]): string[][] {
  const config = configOf({ wifi: { country: "DE", networks: [{ passphrase }], ...wifi } });
  return planRadios(config.wifi, radios, ({ off }) => off.length > 0).map(({ accessPoint, notes }) => {
    if (accessPoint === undefined) return notes;
    const { band, channel, width } = accessPoint.place;
    const names = accessPoint.networks.map(({ name }) => name).join(",");
    return [`${band} GHz, channel ${channel}, ${width} MHz: ${names}`, ...notes];
  });
}

test("automatic radios spread over the bands, whatever their order, and 6 GHz is not the only one of a home", () => {
  expect(told({}, radio("a", LOWER), radio("b", UPPER))).toEqual([
    ["2.4 GHz, channel 1, 20 MHz: Gatehouse"],
    ["5 GHz, channel 36, 80 MHz: Gatehouse"],
  ]);
  expect(told({}, radio("a"), radio("b", LOWER), radio("c", UPPER))).toEqual([
    ["5 GHz, channel 36, 40 MHz: Gatehouse"],
    ["2.4 GHz, channel 1, 20 MHz: Gatehouse"],
    ["6 GHz, channel 5, 160 MHz: Gatehouse"],
  ]);
  expect(told({}, radio("a", UPPER))).toEqual([["5 GHz, channel 36, 80 MHz: Gatehouse"]]);
});

test("the quietest channel is taken, and kept once it is in use", () => {
  const neighbours: Neighbour[] = [
    { mhz: 2412, dBm: -40 },
    { mhz: 2437, dBm: -80 },
    { mhz: 2442, dBm: -80 },
    { mhz: 2462, dBm: -75 },
    { mhz: 5200, dBm: -90 },
  ];
  const band = (name: string) => ({ radios: [{ band: name }] });
  expect(told(band("2.4"), radio("a", ATHEROS, { neighbours }))).toEqual([
    ["2.4 GHz, channel 11, 20 MHz: Gatehouse"],
  ]);
  expect(told(band("5"), radio("a", ATHEROS, { neighbours }))).toEqual([
    ["5 GHz, channel 44, 40 MHz: Gatehouse"],
  ]);
  expect(told(band("2.4"), radio("a", ATHEROS, { neighbours, mhz: 2412 }))).toEqual([
    ["2.4 GHz, channel 1, 20 MHz: Gatehouse"],
  ]);
});

test("a radio that cannot do what is asked says so and what to do", () => {
  const asked = (wifi: object, ...radios: Radio[]) => told(wifi, ...radios).flat();
  expect(asked({}, radio("wlan0", CLIENT))).toEqual([
    "wlan0 can only join other networks, not be an access point: plug in another radio, or connect an access point by cable.",
  ]);
  expect(asked({ radios: [{ band: "6" }] }, radio("wlan0"))).toEqual([
    "wlan0 has no 6 GHz: choose 2.4 GHz or 5 GHz for it.",
  ]);
  expect(asked({ radios: [{ band: "6" }] }, radio("wlan0", INTEL))).toEqual([
    "wlan0 may not be an access point at 6 GHz in DE, or its maker does not let it: choose another band or radio.",
  ]);
  expect(asked({ radios: [{ band: "5", channel: 149 }] }, radio("wlan0"))).toEqual([
    "wlan0 may not be an access point on channel 149 in DE: choose auto or one of 36, 40, 44, 48, 52, 56, 60, 64, 100, 104, 108, 112, 116, 120, 124, 128, 132, 136, 140.",
  ]);
  expect(asked({ radios: [{ band: "5", channel: 36, width: 160 }] }, radio("wlan0"))).toEqual([
    "5 GHz, channel 36, 40 MHz: Gatehouse",
    "wlan0 cannot send 160 MHz wide there; it sends 40 MHz wide.",
  ]);
  expect(
    asked({ country: null, radios: [{}] }, radio("wlan0", { ...INTEL!, bands: { "5": INTEL!.bands["5"]! } })),
  ).toEqual(["wlan0 may not be an access point on any band while no country is chosen: choose the country."]);
});

test("where radar may be, a channel is used only when the owner names it", () => {
  expect(told({ radios: [{ band: "5", channel: 100 }] }, radio("a", UPPER))).toEqual([
    ["5 GHz, channel 100, 80 MHz: Gatehouse"],
  ]);
  expect(told({ radios: [{ band: "5", channel: 36 }] }, radio("a", UPPER))).toEqual([
    ["5 GHz, channel 36, 80 MHz: Gatehouse"],
  ]);
});

test("networks are sent in their bands, at most as many as the radio can, and not while they are off", () => {
  const networks = [
    { name: "Home", passphrase },
    { name: "Old", passphrase, security: "wpa2" },
    { name: "Things", passphrase, bands: ["2.4"] },
    { name: "Later", passphrase: null },
    { name: "Off", passphrase, enabled: false },
  ];
  expect(told({ networks }, radio("a", LOWER), radio("b", UPPER))).toEqual([
    ["2.4 GHz, channel 1, 20 MHz: Home,Old,Things"],
    ["5 GHz, channel 36, 80 MHz: Home,Old"],
  ]);
  expect(told({ networks, radios: [{ band: "6" }] }, radio("a", UPPER))).toEqual([
    ["6 GHz, channel 5, 160 MHz: Home"],
  ]);
  expect(told({ networks, radios: [{ band: "2.4" }] }, radio("a", INTEL))).toEqual([
    ["2.4 GHz, channel 1, 20 MHz: Home", "a can send 1 network at a time: it leaves out Old or Things."],
  ]);
  const asleep = [{ name: "Home", passphrase, off: [{ from: "22:00", to: "06:00" }] }];
  expect(told({ networks: asleep }, radio("a", LOWER))).toEqual([[]]);
  expect(told({ networks: [{ passphrase, bands: ["5"] }] }, radio("a", LOWER))).toEqual([
    ["a sends nothing: no wireless network has 2.4 GHz among its bands."],
  ]);
});

test("wide channels lie on the raster of their band", () => {
  const at = (band: "2.4" | "5" | "6", channel: number, width: 20 | 40 | 80 | 160) =>
    channelsOf({ band, channel, width })?.join(" ");
  expect([at("5", 44, 80), at("5", 161, 40), at("5", 120, 160), at("6", 233, 20)]).toEqual([
    "36 40 44 48",
    "157 161",
    "100 104 108 112 116 120 124 128",
    "233",
  ]);
  expect([at("5", 132, 160), at("6", 233, 40), at("2.4", 13, 40), at("2.4", 1, 80)]).toEqual([
    undefined,
    undefined,
    "13 9",
    undefined,
  ]);
});

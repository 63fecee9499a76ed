import { expect, test } from "bun:test";
import { join } from "node:path";
import { type Phy, parsePhys } from "./phy.ts";

const FIXTURES = join(import.meta.dir, "../../../../test/fixtures/iw");
const read = async (name: string) => parsePhys(await Bun.file(join(FIXTURES, `${name}.txt`)).text());

/** A radio in a few words: each band with its capabilities, and the channels that are open, with "r" where radar is. */
function summary({ index, bands, canServe, maxNetworks }: Phy) {
  const told = Object.entries(bands).map(([band, { channels, ht, vht, he }]) => {
    const open = channels.filter(({ isOpen }) => isOpen);
    const numbers = open.map(({ number, hasRadar }) => `${number}${hasRadar ? "r" : ""}`).join(" ");
    return [band, { ht: ht?.toString(16), vht: vht?.toString(16), he, open: numbers }];
  });
  return { index, canServe, maxNetworks, ...Object.fromEntries(told) };
}

test("two radios of one card, and all that a country allows", async () => {
  const [lower, upper] = await read("mt7916-germany");
  expect([lower, upper].map((phy) => summary(phy!))).toEqual([
    {
      index: 0,
      canServe: true,
      maxNetworks: 16,
      "2.4": { ht: "9ff", vht: undefined, he: [40], open: "1 2 3 4 5 6 7 8 9 10 11 12 13" },
    },
    {
      index: 1,
      canServe: true,
      maxNetworks: 16,
      "5": {
        ht: "9ff",
        vht: "339b79f6",
        he: [40, 80, 160],
        open:
          "36 40 44 48 52r 56r 60r 64r 100r 104r 108r 112r 116r 120r 124r 128r 132r 136r 140r 144r" +
          " 149 153 157 161 165",
      },
      "6": {
        ht: undefined,
        vht: undefined,
        he: [40, 80, 160],
        open: "1 5 9 13 17 21 25 29 33 37 41 45 49 53 57 61 65 69 73 77 81 85 89 93",
      },
    },
  ]);
  expect(upper!.bands["6"]!.channels[1]).toEqual({ number: 5, mhz: 5975, isOpen: true, hasRadar: false });
});

test("a radio whose maker closes bands to access points, and one network at a time", async () => {
  const [phy] = await read("ax210-no-country");
  expect(summary(phy!)).toMatchObject({
    canServe: true,
    maxNetworks: 1,
    "2.4": { open: "1 2 3 4 5 6 7 8 9 10 11" },
    "5": { open: "" },
    "6": { open: "" },
  });
});

test("what iw said before its version 6, of a radio of 802.11n", async () => {
  const [phy] = await read("ar9380-germany");
  expect(summary(phy!)).toEqual({
    index: 0,
    canServe: true,
    maxNetworks: 8,
    "2.4": { ht: "11ef", vht: undefined, he: null, open: "1 2 3 4 5 6 7 8 9 10 11 12 13" },
    "5": { ht: "11ef", vht: undefined, he: null, open: "36 40 44 48" },
  });
});

test("a radio that only joins others", async () => {
  const [phy] = await read("ipw2200");
  expect(summary(phy!)).toMatchObject({ canServe: false, maxNetworks: 0 });
});

test("text that ends anywhere is read as far as it goes", async () => {
  const text = await Bun.file(join(FIXTURES, "mt7916-germany.txt")).text();
  for (let length = 0; length < text.length; length += 97) {
    const phys = parsePhys(text.slice(0, length));
    expect(phys.length).toBeLessThanOrEqual(2);
    for (const { canServe, maxNetworks } of phys) expect(maxNetworks > 0).toBe(canServe);
  }
});

import { expect, test } from "bun:test";
import { countries, joinText, passphraseFrom, type WifiConfig, withRadio } from "./wifi.ts";

test("the text to join by is read back as it was written, whatever signs are in it", () => {
  const network = { name: 'Zoë\'s; "net"', passphrase: "a\\b:c,d;e", hidden: true };
  expect(joinText(network)).toBe('WIFI:T:WPA;S:Zoë\'s\\; \\"net\\";P:a\\\\b\\:c\\,d\\;e;H:true;;');
  expect(joinText({ name: "Home", passphrase: "correct horse", hidden: false })).toBe(
    "WIFI:T:WPA;S:Home;P:correct horse;;",
  );
});

test("a suggested passphrase has twenty letters, each as likely as another, that nobody mistakes", () => {
  const every = Array.from({ length: 256 }, (_, i) => i);
  expect(passphraseFrom([255, 254, 253, 252, 251, 250, 249, 248, ...every])).toBe("abcde-fghjk-mnpqr-stuvw");
  const counts = new Map<string, number>();
  for (const byte of every) {
    const [letter] = passphraseFrom([...Array(20).fill(byte)]).replaceAll("-", "");
    if (letter !== undefined) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  }
  expect([counts.size, new Set(counts.values())]).toEqual([31, new Set([8])]);
});

test("a radio that is changed gets an entry of its own, and a band takes its channel along", () => {
  const auto = { interface: "auto", enabled: true, band: "5", channel: 44, width: 80 } as const;
  const wifi: WifiConfig = { country: "DE", radios: [auto], networks: [] };
  const changed = withRadio(wifi, "wlan0", { band: "2.4" });
  expect(changed.radios).toEqual([auto, { ...auto, interface: "wlan0", band: "2.4", channel: "auto" }]);
  expect(withRadio(changed, "wlan0", { width: 20 }).radios[1]).toEqual({
    interface: "wlan0",
    enabled: true,
    band: "2.4",
    channel: "auto",
    width: 20,
  });
});

test("countries are those of today", () => {
  const codes = countries().map(({ code }) => code);
  expect(codes).toEqual(expect.arrayContaining(["DE", "US", "NZ"]));
  expect(codes.filter((code) => ["EU", "ZZ", "SU", "DD"].includes(code))).toEqual([]);
});

import type { Config } from "@gatehouse/runtime/config/schema.ts";

export type WifiConfig = Config["wifi"];
export type RadioConfig = WifiConfig["radios"][number];
export type NetworkConfig = WifiConfig["networks"][number];
export type Hours = NetworkConfig["off"];
export type Security = NetworkConfig["security"];

export const SECURITIES: readonly { name: Security; text: string }[] = [
  { name: "wpa2-wpa3", text: "WPA3, and WPA2 for older devices" },
  { name: "wpa3", text: "WPA3 only" },
  { name: "wpa2", text: "WPA2 only" },
];

export const BANDS = ["2.4", "5", "6"] as const;

/**
 * The text that a phone's camera joins a network by: WPA3 specification, 7.1, whose form came from ZXing. T is WPA for WPA2, too;
 * phones find out by themselves.
 */
export function joinText({
  name,
  passphrase,
  hidden,
}: Pick<NetworkConfig, "name" | "passphrase" | "hidden">): string {
  return `WIFI:T:WPA;S:${escaped(name)};P:${escaped(passphrase ?? "")};${hidden ? "H:true;" : ""};`;
}

function escaped(text: string): string {
  return text.replace(/[\\;,:"]/g, "\\$&");
}

/** Without those that are mistaken for each other when read aloud or typed from paper. */
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";

/** Four groups of five letters, 99 bits, of `random` bytes, of which there must be plenty. */
export function passphraseFrom(random: Iterable<number>): string {
  // Bytes beyond a multiple of the letters would make some letters likelier.
  const fair = [...random].filter((byte) => byte < 256 - (256 % LETTERS.length));
  const letters = fair.slice(0, 20).map((byte) => LETTERS[byte % LETTERS.length]);
  return [0, 5, 10, 15].map((start) => letters.slice(start, start + 5).join("")).join("-");
}

export function suggestPassphrase(): string {
  return passphraseFrom(crypto.getRandomValues(new Uint8Array(64)));
}

/** A wireless network as one is added. */
export function newNetwork(name: string, lan: string): NetworkConfig {
  return {
    name,
    enabled: true,
    passphrase: suggestPassphrase(),
    security: "wpa2-wpa3",
    lan,
    bands: "all",
    hidden: false,
    isolated: false,
    off: [],
  };
}

/** How `radio` is used: by its own entry, or that for all others. */
export function radioConfig({ radios }: WifiConfig, radio: string): RadioConfig {
  const found =
    radios.find((entry) => entry.interface === radio) ?? radios.find((entry) => entry.interface === "auto");
  return found ?? { interface: radio, enabled: false, band: "auto", channel: "auto", width: "auto" };
}

/** The same with `radio` used as `change` says; it gets an entry of its own. */
export function withRadio(wifi: WifiConfig, radio: string, change: Partial<RadioConfig>): WifiConfig {
  const own = { ...radioConfig(wifi, radio), ...change, interface: radio };
  // A channel belongs to a band.
  if (change.band !== undefined) own.channel = "auto";
  const others = wifi.radios.filter((entry) => entry.interface !== radio);
  return { ...wifi, radios: [...others, own] };
}

/** Where in the list of radios the faults of `radio` stand. */
export function radioIndex({ radios }: WifiConfig, radio: string): number {
  const own = radios.findIndex((entry) => entry.interface === radio);
  return own >= 0 ? own : radios.findIndex((entry) => entry.interface === "auto");
}

/** Two capital letters and what they stand for, by name: the countries there may be radio rules for. */
export function countries(): { code: string; name: string }[] {
  const names = new Intl.DisplayNames("en", { type: "region", fallback: "none" });
  const letters = Array.from({ length: 26 }, (_, i) => String.fromCharCode(65 + i));
  const codes = letters.flatMap((first) => letters.map((second) => first + second));
  return codes
    .filter((code) => !NO_COUNTRIES.includes(code))
    .flatMap((code) => {
      const name = names.of(code);
      return name === undefined ? [] : [{ code, name }];
    })
    .sort((a, b) => a.name.localeCompare(b.name, "en"));
}

/** Codes with names that are no countries, or were some. */
const NO_COUNTRIES = [
  "EU",
  "EZ",
  "UN",
  "QO",
  "XA",
  "XB",
  "ZZ",
  "DD",
  "SU",
  "YU",
  "AN",
  "FX",
  "TP",
  "ZR",
  "BU",
];

/** How well a station is heard, in a word. */
export function signalWord(dBm: number): "strong" | "good" | "weak" {
  if (dBm >= -60) return "strong";
  return dBm >= -72 ? "good" : "weak";
}

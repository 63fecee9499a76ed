import type { Band, BandAbilities, RadioAbilities, RadioChannel } from "../../config/radio.ts";

/** A radio as `iw phy` describes it. */
export interface Phy extends RadioAbilities {
  /** The number in "phy#0". */
  index: number;
}

/** nl80211's numbers of bands, which iw counts from 1; 3 is 60 GHz. */
const BAND_NUMBERS: Record<string, Band> = { 1: "2.4", 2: "5", 4: "6" };

/**
 * Reads the output of `iw phy`. The text is meant for people and grows with every version of iw, so only lines that are known are
 * taken; what is missing or unknown leaves an ability out, and the radio is used more simply than it could be.
 */
export function parsePhys(text: string): Phy[] {
  return text
    .split(/^Wiphy /m)
    .slice(1)
    .map(parsePhy);
}

function parsePhy(text: string): Phy {
  const canServe = /^\s*\* AP$/m.test(section(text, "Supported interface modes:"));
  return {
    index: Number(/^\s*wiphy index: (\d+)$/m.exec(text)?.[1] ?? /^phy(\d+)/.exec(text)?.[1] ?? -1),
    bands: parseBands(text),
    canServe,
    maxNetworks: canServe ? Math.max(1, ...combinations(text)) : 0,
  };
}

/** The lines indented deeper than the one that says `title`. */
function section(text: string, title: string): string {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.trim() === title);
  if (start < 0) return "";
  const end = lines.findIndex((line, i) => i > start && depth(line) <= depth(lines[start]!));
  return lines.slice(start + 1, end < 0 ? undefined : end).join("\n");
}

function depth(line: string): number {
  return /^\s*/.exec(line)![0].replaceAll("\t", "        ").length;
}

/** Of each combination of interfaces that the driver can have at once, how many may be access points. */
function combinations(text: string): number[] {
  const whole = text.replaceAll(/,\s*\n\s*/g, ", ");
  return [...whole.matchAll(/\* (#\{.*)$/gm)].flatMap(([, combination = ""]) => {
    const total = Number(/total <= (\d+)/.exec(combination)?.[1] ?? 1);
    return [...combination.matchAll(/#\{ ([^}]*) \} <= (\d+)/g)]
      .filter(([, modes = ""]) => modes.split(", ").includes("AP"))
      .map(([, , count]) => Math.min(Number(count), total));
  });
}

function parseBands(text: string): Phy["bands"] {
  const bands: Phy["bands"] = {};
  for (const [, number = ""] of text.matchAll(/^\s*Band (\d+):$/gm)) {
    const band = BAND_NUMBERS[number];
    if (band !== undefined) bands[band] = parseBand(section(text, `Band ${number}:`));
  }
  return bands;
}

function parseBand(text: string): BandAbilities {
  const hex = (pattern: RegExp) => {
    const digits = pattern.exec(text)?.[1];
    return digits === undefined ? null : Number.parseInt(digits, 16);
  };
  return {
    channels: section(text, "Frequencies:")
      .split("\n")
      .flatMap((line) => parseChannel(line) ?? []),
    ht: hex(/^\s*Capabilities: 0x([0-9a-f]+)$/m),
    vht: hex(/^\s*VHT Capabilities \(0x([0-9a-f]+)\):$/m),
    he: parseHe(text),
  };
}

/** Such as "* 5260.0 MHz [52] (20.0 dBm) (no IR, radar detection)"; whole numbers of MHz before iw 6. */
function parseChannel(line: string): RadioChannel | undefined {
  const [, mhz, number] = /^\s*\* (\d+)(?:\.\d+)? MHz \[(\d+)\]/.exec(line) ?? [];
  if (mhz === undefined || number === undefined) return undefined;
  return {
    number: Number(number),
    mhz: Number(mhz),
    // What "no IR" was called before Linux 3.14.
    isOpen: !/disabled|no IR|passive scan/.test(line),
    hasRadar: line.includes("radar detection"),
  };
}

/** Drivers tell each kind of interface by itself, and many are no 802.11ax access point in a band where they can join one. */
function parseHe(text: string): number[] | null {
  const title = [...text.matchAll(/^\s*(HE Iftypes: (.*))$/gm)].find(([, , modes = ""]) =>
    modes.split(", ").includes("AP"),
  )?.[1];
  if (title === undefined) return null;
  const he = section(text, title);
  const widths = [];
  if (he.includes("HE40/2.4GHz")) widths.push(40);
  if (he.includes("HE40/HE80/5GHz")) widths.push(40, 80);
  if (/HE160(?:\/HE80\+80)?\/5GHz/.test(he)) widths.push(160);
  return widths;
}

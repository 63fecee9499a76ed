import { BANDS, type Band, type BandAbilities, type RadioAbilities } from "../../config/radio.ts";

export type Width = 20 | 40 | 80 | 160;

/** Where an access point sends. */
export interface Place {
  band: Band;
  /** The channel of 20 MHz it begins with. */
  channel: number;
  width: Width;
}

/** Another access point in reach. */
export interface Neighbour {
  mhz: number;
  dBm: number;
}

/** Runs of channels, 4 apart, that wider ones are made of (IEEE 802.11-2020, annex E): first and last of each. */
const RUNS: Record<Band, readonly [number, number][]> = {
  "2.4": [],
  "5": [
    [36, 64],
    [100, 144],
    [149, 177],
  ],
  "6": [[1, 233]],
};

/** The channels of 20 MHz that one of `width` MHz with the first channel `channel` takes; undefined where there is none. */
export function channelsOf({ band, channel, width }: Place): number[] | undefined {
  if (width === 20) return [channel];
  // At 2.4 GHz there is no raster: the second half lies above, or where that would end too high, below.
  if (band === "2.4") return width === 40 ? [channel, channel <= 7 ? channel + 4 : channel - 4] : undefined;
  const run = RUNS[band].find(([first, last]) => first <= channel && channel <= last);
  if (run === undefined) return undefined;
  const count = width / 20;
  const [first, last] = run;
  const start = first + 4 * count * Math.floor((channel - first) / (4 * count));
  const all = Array.from({ length: count }, (_, i) => start + 4 * i);
  return all.at(-1)! <= last ? all : undefined;
}

/** Widths the radio's hardware has in a band, the widest first. */
export function widthsOf(band: Band, { ht, vht, he }: BandAbilities): Width[] {
  const widths: Width[] = [20];
  const isWide = ht !== null && (ht & 2) !== 0;
  if (band === "6")
    return [160, 80, 40, 20].filter((width) => width === 20 || he?.includes(width)) as Width[];
  if (isWide) widths.unshift(40);
  if (band === "2.4" || !isWide || vht === null) return widths;
  widths.unshift(80);
  // Supported channel width set: 1 is 160, 2 also two times 80.
  if (((vht >> 2) & 3) !== 0) widths.unshift(160);
  return widths;
}

/** Whether every part of it may be used; with `radar` also where radar has to be listened for. */
export function isAllowed(abilities: BandAbilities, place: Place, radar: boolean): boolean {
  const parts = channelsOf(place);
  return (
    parts?.every((number) => {
      const channel = abilities.channels.find((candidate) => candidate.number === number);
      return (
        channel !== undefined &&
        (channel.isOpen || (radar && channel.hasRadar)) &&
        (radar || !channel.hasRadar)
      );
    }) ?? false
  );
}

/** Bands in which the radio may be an access point under the rules in force. */
export function openBands({ bands }: RadioAbilities): Band[] {
  return BANDS.filter((band) => candidates(bands[band], band, 20).length > 0);
}

/**
 * The place of that width that others disturb least; of equal ones the first. `kept`, where the radio sends now, is kept as long as it
 * may be: moving costs every device its connection. Undefined where the width cannot be had.
 */
export function quietest(
  abilities: BandAbilities,
  band: Band,
  width: Width,
  neighbours: readonly Neighbour[],
  kept: number | undefined,
): Place | undefined {
  const places = candidates(abilities, band, width);
  const disturbance = new Map(places.map((place) => [place, disturbed(abilities, place, neighbours)]));
  return (
    places.find(({ channel }) => channel === kept) ??
    places.toSorted((a, b) => disturbance.get(a)! - disturbance.get(b)!)[0]
  );
}

/** Only channels that may be used at once, without listening for radar, where minutes pass and devices wait. */
function candidates(abilities: BandAbilities | undefined, band: Band, width: Width): Place[] {
  const numbers = abilities?.channels.map(({ number }) => number) ?? [];
  return numbers
    .filter((channel) => isUsual(band, channel))
    .map((channel) => ({ band, channel, width }))
    .filter((place) => abilities !== undefined && isAllowed(abilities, place, false));
}

/** At 2.4 GHz the three that do not overlap; at 6 GHz those that devices look at first (preferred scanning channels). */
function isUsual(band: Band, channel: number): boolean {
  if (band === "2.4") return [1, 6, 11].includes(channel);
  return band === "5" || channel % 16 === 5;
}

/** A neighbour that is only just heard, in dBm. */
const FAINT = -95;

function disturbed({ channels }: BandAbilities, place: Place, neighbours: readonly Neighbour[]): number {
  const centres = channels.filter(({ number }) => channelsOf(place)?.includes(number)).map(({ mhz }) => mhz);
  // What is sent 20 MHz wide beside it reaches in as far as the channels' raster is finer than that.
  const isNear = (mhz: number) => centres.some((centre) => Math.abs(centre - mhz) < 20);
  return neighbours
    .filter(({ mhz }) => isNear(mhz))
    .reduce((sum, { dBm }) => sum + Math.max(1, dBm - FAINT), 0);
}

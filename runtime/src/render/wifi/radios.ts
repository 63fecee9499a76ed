import type { Mac } from "../../addr/mac.ts";
import { BANDS, type Band, type BandAbilities, type RadioAbilities } from "../../config/radio.ts";
import type { Config } from "../../config/schema.ts";
import {
  isAllowed,
  type Neighbour,
  openBands,
  type Place,
  quietest,
  type Width,
  widthsOf,
} from "./channels.ts";
import { bandMissing, bandShut, cannotServe, channelShut, narrower, noNetwork, tooMany } from "./words.ts";

type Wifi = Config["wifi"];
type RadioConfig = Wifi["radios"][number];
export type WirelessNetwork = Wifi["networks"][number];

/** A radio of this machine. */
export interface Radio {
  name: string;
  mac: Mac | null;
  abilities: RadioAbilities;
  neighbours: readonly Neighbour[];
  /** The centre of the channel it sends on now. */
  mhz: number | null;
}

/** A radio that serves. */
export interface AccessPoint {
  radio: string;
  mac: Mac | null;
  place: Place;
  abilities: BandAbilities;
  /** Those it sends, at least one. */
  networks: WirelessNetwork[];
}

/** What one radio shall do. */
export interface RadioPlan {
  radio: string;
  /** Undefined: it serves nothing. */
  accessPoint: AccessPoint | undefined;
  /** It can do what is asked of it. */
  isAble: boolean;
  /** What the owner should know about it, one sentence each. */
  notes: string[];
}

/**
 * Gives every radio its band, its channel and its networks. Automatic radios spread over the bands: the one with the least choice
 * first, each to the fastest band that most devices have and no other radio serves. `isOff` tells which networks are off at this hour.
 */
export function planRadios(
  wifi: Wifi,
  radios: readonly Radio[],
  isOff: (network: WirelessNetwork) => boolean,
): RadioPlan[] {
  const taken: Band[] = [];
  const plans = new Map<string, RadioPlan>();
  for (const radio of inOrder(wifi, radios)) {
    const plan = planRadio(wifi, radio, taken, isOff);
    if (plan.accessPoint !== undefined) taken.push(plan.accessPoint.place.band);
    plans.set(radio.name, plan);
  }
  return radios.map(({ name }) => plans.get(name)!);
}

/** Those whose band is fixed first. */
function inOrder(wifi: Wifi, radios: readonly Radio[]): Radio[] {
  const freedom = (radio: Radio) =>
    configOf(wifi, radio.name)?.band === "auto" ? openBands(radio.abilities).length : 0;
  return radios.toSorted((a, b) => freedom(a) - freedom(b));
}

/** How `name` shall be used: by its own entry, or that for all others. */
export function configOf({ radios }: Wifi, name: string): RadioConfig | undefined {
  return (
    radios.find((radio) => radio.interface === name) ?? radios.find((radio) => radio.interface === "auto")
  );
}

function planRadio(
  wifi: Wifi,
  radio: Radio,
  taken: readonly Band[],
  isOff: (network: WirelessNetwork) => boolean,
): RadioPlan {
  const idle = (...notes: string[]) => ({ radio: radio.name, accessPoint: undefined, isAble: true, notes });
  const unable = (note: string) => ({ ...idle(note), isAble: false });
  const config = configOf(wifi, radio.name);
  if (config === undefined || !config.enabled) return idle();
  if (!radio.abilities.canServe) return unable(cannotServe(radio.name));
  const band = chooseBand(wifi, config, radio, taken);
  if ("fault" in band) return unable(band.fault);
  const abilities = radio.abilities.bands[band.band]!;
  const place = choosePlace(wifi, config, radio, band.band, abilities);
  if ("fault" in place) return unable(place.fault);
  const wanted = wifi.networks.filter((network) => isSent(network, band.band));
  if (wanted.length === 0)
    return idle(...(wifi.networks.some(isReady) ? [noNetwork(radio.name, band.band)] : []));
  const sent = wanted.slice(0, radio.abilities.maxNetworks);
  const notes = place.notes.concat(sent.length < wanted.length ? [tooMany(radio.name, sent, wanted)] : []);
  const networks = sent.filter((network) => !isOff(network));
  if (networks.length === 0) return idle();
  const accessPoint = { radio: radio.name, mac: radio.mac, place: place.place, abilities, networks };
  return { radio: radio.name, accessPoint, isAble: true, notes };
}

/** Whether it would be sent, had a radio its band and came its hour. */
export function isReady({ enabled, passphrase }: WirelessNetwork): boolean {
  return enabled && passphrase !== null;
}

/** WPA2 alone is not allowed at 6 GHz (IEEE 802.11-2024, 12.12.2). */
function isSent(network: WirelessNetwork, band: Band): boolean {
  const isWanted = network.bands === "all" || network.bands.includes(band);
  return isReady(network) && isWanted && !(band === "6" && network.security === "wpa2");
}

/** Most devices have 5 GHz, all have 2.4, few have 6: a home with one radio must not leave them out. */
const PREFERENCE: readonly Band[] = ["5", "2.4", "6"];

function chooseBand(
  { country }: Wifi,
  { band }: RadioConfig,
  { name, abilities }: Radio,
  taken: readonly Band[],
): { band: Band } | { fault: string } {
  const open = openBands(abilities);
  if (band === "auto") {
    const possible = PREFERENCE.filter((candidate) => open.includes(candidate));
    const chosen = possible.find((candidate) => !taken.includes(candidate)) ?? possible[0];
    return chosen === undefined ? { fault: bandShut(name, "any", country) } : { band: chosen };
  }
  const has = BANDS.filter((candidate) => abilities.bands[candidate] !== undefined);
  if (!has.includes(band)) return { fault: bandMissing(name, band, has) };
  // Where only channels with radar are open, the owner has to name one.
  const mayListen = abilities.bands[band]!.channels.some(({ hasRadar }) => hasRadar);
  return open.includes(band) || mayListen ? { band } : { fault: bandShut(name, band, country) };
}

/**
 * At 2.4 GHz a wide channel takes most of the band, and neighbours have the right to object (20/40 coexistence); at 5 GHz the widest
 * have parts with radar, where they wait for up to ten minutes.
 */
const WIDEST: Record<Band, Width> = { "2.4": 20, "5": 80, "6": 160 };

function choosePlace(
  { country }: Wifi,
  { channel, width }: RadioConfig,
  { name, neighbours, mhz }: Radio,
  band: Band,
  abilities: BandAbilities,
): { place: Place; notes: string[] } | { fault: string } {
  const most = width === "auto" ? WIDEST[band] : width;
  const widths = widthsOf(band, abilities).filter((possible) => possible <= most);
  const kept = abilities.channels.find((candidate) => candidate.mhz === mhz)?.number;
  for (const possible of widths) {
    const place =
      channel === "auto" ? quietest(abilities, band, possible, neighbours, kept) : at(channel, possible);
    if (place !== undefined) return { place, notes: width === "auto" ? [] : narrower(name, width, possible) };
  }
  if (channel === "auto") return { fault: bandShut(name, band, country) };
  return { fault: channelShut(name, band, channel, abilities, country) };

  function at(number: number, possible: Width): Place | undefined {
    const place = { band, channel: number, width: possible };
    // Chosen by hand, a channel with radar is the owner's wish, and so is every part of a width given.
    const radar =
      abilities.channels.some((each) => each.number === number && each.hasRadar) || width !== "auto";
    return isAllowed(abilities, place, radar) ? place : undefined;
  }
}

import type { Band, BandAbilities } from "../../config/radio.ts";
import { isAllowed } from "./channels.ts";

/** What an owner is told about a radio that does not do all that was asked for: what it is, and what to do. */

export function cannotServe(radio: string): string {
  return `${radio} can only join other networks, not be an access point: plug in another radio, or connect an access point by cable.`;
}

export function bandMissing(radio: string, band: Band, has: readonly Band[]): string {
  return `${radio} has no ${band} GHz: choose ${list(has.map((each) => `${each} GHz`))} for it.`;
}

export function bandShut(radio: string, band: Band | "any", country: string | null): string {
  const where = band === "any" ? "on any band" : `at ${band} GHz`;
  return country === null
    ? `${radio} may not be an access point ${where} while no country is chosen: choose the country.`
    : `${radio} may not be an access point ${where} in ${country}, or its maker does not let it: choose another band or radio.`;
}

export function channelShut(
  radio: string,
  band: Band,
  channel: number,
  abilities: BandAbilities,
  country: string | null,
): string {
  const open = abilities.channels
    .map(({ number }) => number)
    .filter((number) => isAllowed(abilities, { band, channel: number, width: 20 }, true));
  const rules = country === null ? "" : ` in ${country}`;
  return `${radio} may not be an access point on channel ${channel}${rules}: choose auto${open.length === 0 ? "" : ` or one of ${open.join(", ")}`}.`;
}

/** Nothing where what was asked for is had. */
export function narrower(radio: string, asked: number, had: number): string[] {
  return asked === had ? [] : [`${radio} cannot send ${asked} MHz wide there; it sends ${had} MHz wide.`];
}

export function noNetwork(radio: string, band: Band): string {
  return band === "6"
    ? `${radio} sends nothing: no wireless network has 6 GHz among its bands and WPA3 as its security.`
    : `${radio} sends nothing: no wireless network has ${band} GHz among its bands.`;
}

export function tooMany(
  radio: string,
  sent: readonly { name: string }[],
  wanted: readonly { name: string }[],
): string {
  const left = wanted.slice(sent.length).map(({ name }) => name);
  return `${radio} can send ${sent.length} ${sent.length === 1 ? "network" : "networks"} at a time: it leaves out ${list(left)}.`;
}

function list(words: readonly string[]): string {
  return words.length <= 1 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

import type { Config } from "./schema.ts";

export type Band = Exclude<Config["wifi"]["radios"][number]["band"], "auto">;

/** A channel of 20 MHz under the rules in force. */
export interface RadioChannel {
  number: number;
  /** Its centre. */
  mhz: number;
  /** An access point may begin to send there; false where the country, or the radio's maker, forbids it. */
  isOpen: boolean;
  /** Only after listening for radar. */
  hasRadar: boolean;
}

/** What a radio can do in one band. */
export interface BandAbilities {
  channels: readonly RadioChannel[];
  /** HT capability information (IEEE 802.11-2020, 9.4.2.55.2); null: no 802.11n. */
  ht: number | null;
  /** VHT capability information (9.4.2.157.2); null: no 802.11ac. */
  vht: number | null;
  /** The widths in MHz beyond 20 that it has as an 802.11ax access point; null: it is none. */
  he: readonly number[] | null;
}

/** What a radio can do. */
export interface RadioAbilities {
  bands: Partial<Record<Band, BandAbilities>>;
  /** It can be an access point. */
  canServe: boolean;
  /** How many networks it can send at a time. */
  maxNetworks: number;
}

/** Whether `name` is an interface that hostapd made for a further network of a radio (render/hostapd.ts). */
export function isFurtherNetwork(name: string): boolean {
  return /^ap[1-9]-/.test(name);
}

export const BANDS: readonly Band[] = ["2.4", "5", "6"];

import type { Mac } from "../../addr/mac.ts";
import type { Config } from "../../config/schema.ts";
import type { Wireless } from "../../linux/wireless/iw.ts";
import type { Neighbour } from "../../render/wifi/channels.ts";
import { configOf, isReady, type Radio } from "../../render/wifi/radios.ts";

/** An interface of a radio, as the kernel lists it. */
export interface RadioLink {
  name: string;
  index: number;
  mac: Mac | undefined;
}

export interface SurveyOptions {
  wireless: Wireless;
  /** Takes the interface of that index up: nothing is heard on one that is down. */
  takeUp(index: number): void;
}

/** The kernel reads a country's rules from a file when it is asked for them. */
const COUNTRY_MS = 3_000;
const COUNTRY_STEP_MS = 50;

/** Finds out what radios can do under a country's rules, and once for each that has to find a channel, who else is on the air. */
export class Survey {
  /** By interface and hardware address. */
  readonly #heard = new Map<string, Neighbour[]>();

  constructor(private readonly options: SurveyOptions) {}

  /** Throws WirelessError. */
  async take(links: readonly RadioLink[], { wifi }: Config): Promise<Radio[]> {
    if (links.length === 0) return [];
    const { wireless } = this.options;
    await this.#keepRules(wifi.country ?? "00");
    const [phys, interfaces] = await Promise.all([wireless.phys(), wireless.interfaces()]);
    const radios: Radio[] = [];
    for (const link of links) {
      const own = interfaces.find(({ name }) => name === link.name);
      const abilities = phys.find(({ index }) => index === own?.phy);
      if (own === undefined || abilities === undefined) continue;
      // Whoever serves already keeps the channel, and most radios cannot listen to others meanwhile.
      const isHeard = abilities.canServe && !own.isAccessPoint && needsChannel(wifi, link.name);
      const neighbours = isHeard ? await this.#hear(link) : (this.#heard.get(keyOf(link)) ?? []);
      const mhz = own.isAccessPoint ? own.mhz : null;
      radios.push({ name: link.name, mac: link.mac ?? null, abilities, neighbours, mhz });
    }
    return radios;
  }

  async #keepRules(country: string): Promise<void> {
    const { wireless } = this.options;
    if ((await wireless.country()) === country) return;
    await wireless.setCountry(country);
    // Where they do not come (no such country in the kernel's database), the radios are used by those that are in force.
    for (let waited = 0; waited < COUNTRY_MS; waited += COUNTRY_STEP_MS) {
      if ((await wireless.country()) === country) return;
      await Bun.sleep(COUNTRY_STEP_MS);
    }
  }

  /** Nobody, where the radio cannot listen now: a channel is found all the same. */
  async #hear(link: RadioLink): Promise<Neighbour[]> {
    const key = keyOf(link);
    const before = this.#heard.get(key);
    if (before !== undefined) return before;
    this.options.takeUp(link.index);
    const heard = await this.options.wireless.scan(link.name).catch(() => []);
    this.#heard.set(key, heard);
    return heard;
  }
}

function keyOf({ name, mac }: RadioLink): string {
  return `${name} ${mac}`;
}

/** Whether the radio serves and chooses its channel itself. */
export function needsChannel(wifi: Config["wifi"], radio: string): boolean {
  const config = configOf(wifi, radio);
  return config?.enabled === true && config.channel === "auto" && wifi.networks.some(isReady);
}

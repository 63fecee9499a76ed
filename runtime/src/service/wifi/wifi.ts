import { isWithin } from "../../config/hours.ts";
import { isFurtherNetwork } from "../../config/radio.ts";
import type { Config } from "../../config/schema.ts";
import { askHostapd } from "../../linux/hostapd/control.ts";
import { setLinkUp } from "../../linux/netlink/link-up.ts";
import { wireless } from "../../linux/wireless/iw.ts";
import { type AccessPoint, planRadios, type Radio, type RadioPlan } from "../../render/wifi/radios.ts";
import type { Log } from "../log.ts";
import { needsChannel, type RadioLink, Survey, type SurveyOptions } from "./survey.ts";
import { type WifiView, wifiView } from "./view.ts";

export interface WifiOptions extends SurveyOptions {
  log: Log;
  /** Milliseconds since 1970. */
  now(): number;
  /** Sends a question to the hostapd of a network's interface; throws ControlError. */
  ask(network: string, question: string): string;
  /** What is to be sent has become known, or is another. */
  onChange(): void;
}

/** How often the clock is looked at: networks are switched at whole minutes. */
const CLOCK_MS = 5_000;
/** After iw has failed; a radio that has just been plugged in takes a moment. */
const RETRY_AFTER_MS = 1_000;
const MAX_RETRY_MS = 60_000;

/** This machine's radios by iw, and hostapd by its control sockets in `control`. */
export function hostWifi(control: string, log: Log, onChange: () => void): WifiService {
  return new WifiService({
    wireless,
    takeUp: (index) => setLinkUp(index, true),
    ask: (network, question) => askHostapd(control, network, question),
    now: () => Date.now(),
    log,
    onChange,
  });
}

/** Knows the radios and decides what each of them sends. */
export class WifiService {
  /** Why the radios could not be looked at; null: they could. */
  fault: string | null = null;
  readonly #survey: Survey;
  #links: readonly RadioLink[] = [];
  #radios: readonly Radio[] = [];
  /** What the radios were looked at for. */
  #knownFor = "";
  #isLooking = false;
  #off = "";
  #retryMs = RETRY_AFTER_MS;
  #config: Config | undefined;

  constructor(private readonly options: WifiOptions) {
    this.#survey = new Survey(options);
    setInterval(() => this.#watchClock(), CLOCK_MS).unref();
  }

  /** One sentence for what the router runs on without. */
  get warnings(): string[] {
    return this.fault === null ? [] : [`The radios cannot be looked at: ${this.fault}.`];
  }

  /** Takes in which interfaces there are and what is wanted of them, and finds out what is not known of them. */
  look(links: readonly (RadioLink & { medium: string })[], config: Config): void {
    this.#links = links.filter(({ medium, name }) => medium === "radio" && !isFurtherNetwork(name));
    this.#config = config;
    this.#off = this.#offNow(config);
    if (this.#knownFor !== this.#needed(config)) void this.#find();
  }

  /** What the radios would send now with `config`; null where it is not known what they could do. */
  accessPoints(config: Config): AccessPoint[] | null {
    if (this.#knownFor !== this.#needed(config)) return null;
    return this.plans(config).flatMap(({ accessPoint }) => accessPoint ?? []);
  }

  /** What each radio does with `config`, as far as is known. */
  plans(config: Config): RadioPlan[] {
    return planRadios(config.wifi, this.#radios, (network) =>
      isWithin(network.off, config.timezone, this.options.now()),
    );
  }

  /** The whole of the Wi-Fi as the API shows it. */
  view(config: Config): WifiView {
    const { now, ask } = this.options;
    return wifiView({
      config,
      plans: this.plans(config),
      radios: this.#radios,
      fault: this.fault,
      now: now(),
      ask,
    });
  }

  /** What the knowledge depends on: the radios, the country, and which of them have to find a channel. */
  #needed({ wifi }: Config): string {
    const radios = this.#links.map(({ name, mac }) => [name, mac, needsChannel(wifi, name)]);
    return JSON.stringify([wifi.country, radios]);
  }

  /** Once at a time; whoever asks meanwhile finds it unknown still, and asks again when told. */
  async #find(): Promise<void> {
    const config = this.#config;
    if (this.#isLooking || config === undefined) return;
    this.#isLooking = true;
    const needed = this.#needed(config);
    try {
      this.#radios = await this.#survey.take(this.#links, config);
      this.#knownFor = needed;
      this.fault = null;
      this.#retryMs = RETRY_AFTER_MS;
      for (const { notes } of this.plans(config)) for (const note of notes) this.options.log.info(note);
    } catch (error) {
      this.fault = (error as Error).message;
      this.options.log.limited("wifi", `the radios cannot be looked at: ${this.fault}`);
      await Bun.sleep(this.#retryMs);
      this.#retryMs = Math.min(2 * this.#retryMs, MAX_RETRY_MS);
    }
    this.#isLooking = false;
    this.options.onChange();
  }

  #watchClock(): void {
    if (this.#config !== undefined && this.#offNow(this.#config) !== this.#off) this.options.onChange();
  }

  /** Which networks are off at this hour. */
  #offNow({ wifi, timezone }: Config): string {
    return wifi.networks.map(({ off }) => (isWithin(off, timezone, this.options.now()) ? 1 : 0)).join("");
  }
}

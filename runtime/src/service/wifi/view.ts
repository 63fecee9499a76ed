import type { Mac } from "../../addr/mac.ts";
import { isWithin } from "../../config/hours.ts";
import { BANDS, type Band } from "../../config/radio.ts";
import type { Config } from "../../config/schema.ts";
import { readStations } from "../../linux/hostapd/stations.ts";
import { networkInterface } from "../../render/hostapd.ts";
import { openBands, type Width, widthsOf } from "../../render/wifi/channels.ts";
import { type AccessPoint, configOf, isReady, type Radio, type RadioPlan } from "../../render/wifi/radios.ts";

/** The Wi-Fi as the API shows it; see api/wifi-model.ts for each field. */
export interface WifiView {
  country: string | null;
  radios: RadioView[];
  networks: NetworkView[];
  stations: StationView[];
}

export interface RadioView {
  name: string;
  state: "serving" | "starting" | "off" | "unable";
  explanation: string;
  notes: string[];
  band: Band | null;
  channel: number | null;
  width: Width | null;
  bands: BandView[];
  maxNetworks: number;
}

export interface BandView {
  band: Band;
  /** Under the rules in force. */
  isOpen: boolean;
  generation: 4 | 5 | 6 | null;
  width: Width;
  channels: { number: number; isOpen: boolean; hasRadar: boolean }[];
}

export interface NetworkView {
  name: string;
  state: "on" | "starting" | "off" | "hours" | "not-configured" | "no-radio";
  explanation: string;
  bands: Band[];
  stations: number;
}

export interface StationView {
  mac: Mac;
  network: string;
  radio: string;
  band: Band;
  signal: number | null;
  sendMbit: number | null;
  receiveMbit: number | null;
  since: number;
}

export interface ViewInput {
  config: Config;
  plans: readonly RadioPlan[];
  radios: readonly Radio[];
  /** Why the radios could not be looked at. */
  fault: string | null;
  now: number;
  ask(network: string, question: string): string;
}

export function wifiView(input: ViewInput): WifiView {
  const { config, plans, now, ask } = input;
  const serving = plans.flatMap(({ accessPoint }) => accessPoint ?? []);
  const running = serving.filter(({ radio }) => stateOf(radio, ask) === "ENABLED");
  const stations = running.flatMap((accessPoint) => stationsOf(accessPoint, now, ask));
  return {
    country: config.wifi.country,
    radios: plans.map((plan, i) => radioView(plan, input.radios[i]!, config, ask)),
    networks: config.wifi.networks.map((network) =>
      networkView(network, { ...input, serving, running, stations }),
    ),
    stations,
  };
}

/** As in the first line of hostapd's STATUS; empty while it does not run. */
function stateOf(radio: string, ask: ViewInput["ask"]): string {
  try {
    return /^state=(\S+)/m.exec(ask(radio, "STATUS"))?.[1] ?? "";
  } catch {
    return "";
  }
}

function stationsOf(
  { radio, place, networks }: AccessPoint,
  now: number,
  ask: ViewInput["ask"],
): StationView[] {
  return networks.flatMap(({ name }, i) => {
    try {
      return readStations((question) => ask(networkInterface(radio, i), question)).map(
        ({ seconds, ...station }) => ({
          ...station,
          network: name,
          radio,
          band: place.band,
          since: now - 1000 * seconds,
        }),
      );
    } catch {
      return []; // It stopped meanwhile.
    }
  });
}

function radioView(plan: RadioPlan, radio: Radio, config: Config, ask: ViewInput["ask"]): RadioView {
  const { name, abilities } = radio;
  const { accessPoint, notes } = plan;
  const place = accessPoint?.place;
  const open = openBands(abilities);
  return {
    name,
    ...radioState(plan, config, ask),
    // Of one that serves nothing they are its state.
    notes: accessPoint === undefined ? [] : notes,
    band: place?.band ?? null,
    channel: place?.channel ?? null,
    width: place?.width ?? null,
    bands: BANDS.flatMap((band) => {
      const can = abilities.bands[band];
      if (can === undefined) return [];
      const generation = can.he !== null ? 6 : can.vht !== null ? 5 : can.ht !== null ? 4 : null;
      const channels = can.channels.map(({ number, isOpen, hasRadar }) => ({ number, isOpen, hasRadar }));
      return [{ band, isOpen: open.includes(band), generation, width: widthsOf(band, can)[0]!, channels }];
    }),
    maxNetworks: abilities.maxNetworks,
  };
}

/** What hostapd is busy with before it serves. */
const BUSY: Record<string, string> = {
  COUNTRY_UPDATE: "It waits for the country’s radio rules.",
  DFS: "It listens for radar before it may send, which takes one to ten minutes.",
  HT_SCAN: "It looks for neighbours that a wide channel would disturb.",
  ACS: "It looks for the quietest channel.",
};

function radioState(
  { accessPoint, radio, isAble, notes }: RadioPlan,
  { wifi }: Config,
  ask: ViewInput["ask"],
): Pick<RadioView, "state" | "explanation"> {
  if (accessPoint !== undefined) {
    const state = stateOf(radio, ask);
    const { band, channel, width } = accessPoint.place;
    return state === "ENABLED"
      ? { state: "serving", explanation: `It sends at ${band} GHz on channel ${channel}, ${width} MHz wide.` }
      : {
          state: "starting",
          explanation: BUSY[state] ?? "It is starting, or could not start; the router’s log says why.",
        };
  }
  if (!isAble) return { state: "unable", explanation: notes.join(" ") };
  if (configOf(wifi, radio)?.enabled !== true) return { state: "off", explanation: "It is switched off." };
  if (notes.length > 0) return { state: "off", explanation: notes.join(" ") };
  return { state: "off", explanation: "No wireless network is on for it now." };
}

type NetworkInput = ViewInput & {
  serving: readonly AccessPoint[];
  running: readonly AccessPoint[];
  stations: readonly StationView[];
};

function networkView(network: Config["wifi"]["networks"][number], input: NetworkInput): NetworkView {
  const { name } = network;
  const senders = (points: readonly AccessPoint[]) =>
    points
      .filter(({ networks }) => networks.some((sent) => sent.name === name))
      .map(({ place }) => place.band);
  const bands = BANDS.filter((band) => senders(input.running).includes(band));
  const stations = input.stations.filter((station) => station.network === name).length;
  return { name, bands, stations, ...networkState(network, bands, senders(input.serving).length > 0, input) };
}

function networkState(
  network: Config["wifi"]["networks"][number],
  bands: readonly Band[],
  isPlanned: boolean,
  { config, radios, fault, now }: NetworkInput,
): Pick<NetworkView, "state" | "explanation"> {
  if (!network.enabled) return { state: "off", explanation: "It is switched off." };
  if (!isReady(network))
    return { state: "not-configured", explanation: "It stays off until a passphrase is chosen." };
  if (isWithin(network.off, config.timezone, now))
    return { state: "hours", explanation: "It is off at this hour, as its hours say." };
  if (bands.length > 0)
    return { state: "on", explanation: `Devices can join it at ${bands.join(" and ")} GHz.` };
  if (isPlanned) return { state: "starting", explanation: "Its radio is starting." };
  if (fault !== null) return { state: "no-radio", explanation: `The radios cannot be looked at: ${fault}.` };
  return {
    state: "no-radio",
    explanation:
      radios.length === 0
        ? "This machine has no radio: plug one in, or connect an access point by cable."
        : "No radio sends it; each radio says why.",
  };
}

import { type Fault, repeated } from "./faults.ts";
import { network } from "./policy-agreement.ts";
import type { Config } from "./schema.ts";

type Wifi = Config["wifi"];
type Band = Exclude<Wifi["radios"][number]["band"], "auto">;

const every = (step: number, first: number, last: number) =>
  Array.from({ length: (last - first) / step + 1 }, (_, i) => first + step * i);

/** Primary channels of 20 MHz (IEEE 802.11 annex E); which of them a country allows the radio knows. */
export const CHANNELS: Record<Band, readonly number[]> = {
  "2.4": every(1, 1, 13),
  "5": [...every(4, 36, 64), ...every(4, 100, 144), ...every(4, 149, 165)],
  "6": every(4, 1, 233),
};

/** Faults between the fields of `wifi` that are each well-formed. */
export function* wifiDisagreements(config: Config): Generator<Fault> {
  yield* radios(config.wifi);
  yield* networks(config);
}

function* radios({ radios, country }: Wifi): Generator<Fault> {
  yield* repeated(
    radios,
    (radio) => radio.interface,
    (i, j) => ({
      path: `wifi.radios.${i}.interface`,
      message: `${radios[i]!.interface} stands in wifi.radios.${j} already`,
      fix: "name each radio once",
    }),
  );
  for (const [i, { band, channel }] of radios.entries()) {
    const path = `wifi.radios.${i}`;
    if (band === "auto" && channel !== "auto") {
      yield {
        path: `${path}.band`,
        message: `channel ${channel} belongs to a band, and auto is given`,
        fix: "choose the band, or auto for the channel",
      };
    }
    if (band !== "auto" && channel !== "auto" && !CHANNELS[band].includes(channel)) {
      yield {
        path: `${path}.channel`,
        message: `there is no channel ${channel} at ${band} GHz`,
        fix: `choose auto or one of ${CHANNELS[band].join(", ")}`,
      };
    }
    if ((band === "5" || band === "6") && country === null) {
      yield {
        path: "wifi.country",
        message: `which ${band} GHz channels may be used depends on the country, and none is chosen`,
        fix: "choose the country the router stands in, or band 2.4",
      };
    }
  }
}

function* networks(config: Config): Generator<Fault> {
  const { networks } = config.wifi;
  yield* repeated(
    networks,
    ({ name }) => name,
    (i, j) => ({
      path: `wifi.networks.${i}.name`,
      message: `${networks[i]!.name} is the name of wifi.networks.${j} already`,
      fix: "give each wireless network its own name",
    }),
  );
  for (const [i, { name, lan, security, bands }] of networks.entries()) {
    const path = `wifi.networks.${i}`;
    if (new TextEncoder().encode(name).length > 32) {
      yield {
        path: `${path}.name`,
        message: "the name is longer than 32 bytes of UTF-8 (letters beyond ASCII take 2 to 4)",
        fix: "shorten it",
      };
    }
    yield* network(config, lan, `${path}.lan`);
    // IEEE 802.11-2024, 12.12.2: at 6 GHz there is no WPA2.
    if (security === "wpa2" && bands !== "all" && bands.includes("6")) {
      yield {
        path: `${path}.security`,
        message: "at 6 GHz there is WPA3 only",
        fix: "choose wpa2-wpa3 or wpa3, or leave 6 out of the bands",
      };
    }
  }
}

import type { RouterSource } from "@gatehouse/runtime/api/source.ts";
import type { WifiNow } from "@gatehouse/runtime/api/wifi-model.ts";
import { residents, START } from "./scripted-home.ts";

type Band = WifiNow["radios"][number]["bands"][number]["band"];

function band(name: Band, generation: number, width: number, numbers: number[]) {
  const channels = numbers.map((number) => ({
    number,
    isOpen: true,
    hasRadar: name === "5" && number > 48 && number < 149,
  }));
  return { band: name, isOpen: true, generation, width, channels };
}

/** Two radios, one of which cannot do what is asked of it, and who has joined the other. */
export function scriptedWifi(devices: number): RouterSource["wifi"] {
  const joined = residents(devices)
    .map(({ device }) => device)
    .filter(({ port, connected }) => port === "wlp5s0" && connected);
  const stations = joined.map(({ mac }, i) => ({
    mac,
    network: i === 2 ? "Kunterbunt Gäste" : "Villa Kunterbunt",
    radio: "wlp5s0",
    band: "5" as const,
    signal: i === 3 ? null : -41 - 7 * i,
    sendMbit: i === 3 ? null : 866.7 / (i + 1),
    receiveMbit: i === 3 ? null : 1201 / (i + 1),
    since: START - (i + 1) * 47 * 60_000,
  }));
  const joinedBy = (network: string) => stations.filter((station) => station.network === network).length;
  return {
    now: () => ({
      country: "DE",
      radios: [
        {
          name: "wlp5s0",
          state: "serving",
          explanation: "It sends at 5 GHz on channel 44, 80 MHz wide.",
          notes: [],
          band: "5",
          channel: 44,
          width: 80,
          bands: [band("2.4", 6, 40, [1, 6, 11]), band("5", 6, 160, [36, 40, 44, 48, 52, 100, 149])],
          maxNetworks: 4,
        },
        {
          name: "wlx00c0ca98a1b2",
          state: "unable",
          explanation:
            "wlx00c0ca98a1b2 can only join other networks, not be an access point: plug in another radio, or connect an access point by cable.",
          notes: [],
          band: null,
          channel: null,
          width: null,
          bands: [band("2.4", 4, 20, [1, 6, 11])],
          maxNetworks: 0,
        },
      ],
      networks: [
        {
          name: "Villa Kunterbunt",
          state: "on",
          explanation: "Devices can join it at 5 GHz.",
          bands: ["5"],
          stations: joinedBy("Villa Kunterbunt"),
        },
        {
          name: "Kunterbunt Gäste",
          state: "on",
          explanation: "Devices can join it at 5 GHz.",
          bands: ["5"],
          stations: joinedBy("Kunterbunt Gäste"),
        },
      ],
      stations,
    }),
    passphrases: () => [
      { name: "Villa Kunterbunt", passphrase: "pippi;lang:strumpf" },
      { name: "Kunterbunt Gäste", passphrase: "herzlich willkommen" },
    ],
  };
}

import { type AddressWords, parseAddress } from "@gatehouse/runtime/addr/ipv6.ts";
import { type Mac, macNumber } from "@gatehouse/runtime/addr/mac.ts";
import { type Resident, START } from "./scripted-home.ts";
import { type Acquaintance, acquaintances, keyOf, type PlaceName } from "./scripted-remotes.ts";
import { Course, scatter } from "./scripted-volume.ts";

const HOUR = 3600;

/** A device and whom it talks to. */
export interface Pair {
  mac: Mac;
  device: number;
  words: AddressWords;
  key: Acquaintance["key"];
  /** Of what the device moves now; 0 for what was an episode of the day. */
  share: number;
  up: Course;
  down: Course;
}

/** What happened once: from an hour of the day before the start on, for some time, bytes per second. */
interface Episode {
  hostName: string;
  place: PlaceName;
  fromHour: number;
  minutes: number;
  up: number;
  down: number;
}

/** What the notices are about. */
export const EPISODES = {
  upload: { hostName: "doorbell-cam", place: "nobody", fromHour: 8.7, minutes: 28, up: 410_000, down: 9_000 },
  newPlace: { hostName: "thermostat-hall", place: "peers", fromHour: 17.2, minutes: 6, up: 900, down: 4_200 },
} as const satisfies Record<string, Episode>;

/** Everything the home does: each resident with each of its remotes, over the day before the start. */
export function pairsOf(home: readonly Resident[]): Pair[] {
  const pairs: Pair[] = [];
  for (const [i, resident] of home.entries()) {
    if (!resident.device.connected) continue;
    for (const [k, { key, share }] of acquaintances(resident).entries()) {
      const { up, down } = resident.habit;
      const seed = i * 17 + k * 5 + 1;
      const rate = (bits: number) => (second: number) => (bits / 8) * share * mood(second, seed);
      pairs.push(pairOf(resident, key, share, seed, rate(up), rate(down)));
    }
    for (const episode of Object.values(EPISODES).filter(
      ({ hostName }) => hostName === resident.device.hostName,
    ))
      pairs.push(episodeOf(resident, episode));
  }
  return pairs;
}

/** Milliseconds since the epoch when the episode began and ended. */
export function spanOf({ fromHour, minutes }: Episode): { from: number; to: number } {
  const from = START - 24 * HOUR * 1000 + fromHour * HOUR * 1000;
  return { from, to: from + minutes * 60_000 };
}

function episodeOf(resident: Resident, { place, fromHour, minutes, up, down }: Episode): Pair {
  const isOn = (second: number) => second >= fromHour * HOUR && second < fromHour * HOUR + minutes * 60;
  const rate = (bytes: number) => (second: number) => (isOn(second) ? bytes : 0);
  return pairOf(resident, keyOf(place), 0, fromHour, rate(up), rate(down));
}

function pairOf(
  { device }: Resident,
  key: Acquaintance["key"],
  share: number,
  seed: number,
  up: (second: number) => number,
  down: (second: number) => number,
): Pair {
  const mac = device.mac as Mac;
  return {
    mac,
    device: macNumber(mac),
    words: parseAddress(key.remote)!,
    key,
    share,
    up: new Course(up, 220, seed),
    down: new Course(down, 1150, seed),
  };
}

/** How busy a pair is at a second of the day, 1 at most times: little at night, and with pauses of half an hour. */
function mood(second: number, seed: number): number {
  const hour = (18.5 + second / HOUR) % 24;
  const night = hour > 0.5 && hour < 6.5 ? 0.04 : 1;
  const evening = hour >= 18 && hour < 23 ? 1.3 : 0.7;
  const pause = scatter(seed * 7 + Math.floor(second / 1900)) < 0.35 ? 0.03 : 1;
  return night * evening * pause;
}

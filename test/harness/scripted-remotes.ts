import type { GroupKey } from "@gatehouse/runtime/service/traffic/source.ts";
import { registrableDomain } from "@gatehouse/runtime/traffic/names/domain.ts";
import { serviceOf } from "@gatehouse/runtime/traffic/names/service.ts";
import type { Resident } from "./scripted-home.ts";

const [TCP, UDP, ESP] = [6, 17, 50];

type Place = [
  address: string,
  protocol: number,
  port: number,
  name?: string,
  evidence?: NonNullable<GroupKey["evidence"]>,
];

/** Whom the devices of the scripted home talk to. */
const PLACES = {
  video: ["203.0.113.80", UDP, 443, "edge-7.ams.streambox.example", "asked"],
  films: ["2001:db8:51::7", TCP, 443, "cdn3.streambox.example", "asked"],
  telemetry: ["198.51.100.24", TCP, 443, "telemetry.tvmaker.example", "asked"],
  time: ["203.0.113.9", UDP, 123, "2.pool.ntp.example", "asked"],
  mail: ["198.51.100.143", TCP, 993, "imap.mailhaven.example", "asked"],
  meeting: ["2001:db8:77::19", UDP, 3478, "relay12.huddle.example", "asked"],
  code: ["2001:db8:9::22", TCP, 22, "git.forge.example", "asked"],
  news: ["192.0.2.14", TCP, 443, "www.dailypost.example", "server-name"],
  advertising: ["192.0.2.15", TCP, 443, "ads.tracknet.example", "server-name"],
  backup: ["192.0.2.61", TCP, 443, "eu2.vaultbackup.example", "asked"],
  peers: ["198.51.100.90", UDP, 6881, "dsl-90.pool.isp.example", "reverse"],
  messages: ["198.51.100.7", TCP, 5223, "push.phonemaker.example", "asked"],
  photos: ["203.0.113.131", UDP, 443, "media.chatterbox.example", "server-name"],
  game: ["203.0.113.193", UDP, 3074, "gs-104.playserver.example", "asked"],
  gameFiles: ["203.0.113.44", TCP, 443, "content.playserver.example", "asked"],
  music: ["192.0.2.200", TCP, 443, "stream.tunebox.example", "asked"],
  homeCloud: ["192.0.2.88", TCP, 8883, "mqtt.homecloud.example", "asked"],
  doorCloud: ["198.51.100.201", TCP, 443, "ingest.doorwatch.example", "asked"],
  work: ["198.51.100.210", ESP, 0, "vpn.work.example", "reverse"],
  updates: ["203.0.113.20", TCP, 80, "dl.updates.example", "asked"],
  nobody: ["203.0.113.218", TCP, 4443],
} as const satisfies Record<string, Place>;
export type PlaceName = keyof typeof PLACES;

/** Shares of a device's traffic, by host name; what remains of 1 is the last one's. */
const CIRCLES: Record<string, [PlaceName, number][]> = {
  "lr-tv": [
    ["video", 0.62],
    ["films", 0.34],
    ["telemetry", 0.01],
    ["advertising", 0.029],
    ["time", 0.001],
  ],
  "maras-mbp": [
    ["meeting", 0.38],
    ["work", 0.2],
    ["news", 0.12],
    ["code", 0.09],
    ["photos", 0.09],
    ["advertising", 0.06],
    ["mail", 0.05],
    ["updates", 0.01],
  ],
  nas: [
    ["backup", 0.9],
    ["peers", 0.09],
    ["updates", 0.009],
    ["time", 0.001],
  ],
  "pixel-9": [
    ["photos", 0.6],
    ["video", 0.3],
    ["advertising", 0.08],
    ["messages", 0.02],
  ],
  "ps5-3f": [
    ["game", 0.55],
    ["gameFiles", 0.44],
    ["telemetry", 0.01],
  ],
  kitchen: [
    ["music", 0.99],
    ["time", 0.01],
  ],
  "doorbell-cam": [
    ["doorCloud", 0.99],
    ["time", 0.01],
  ],
  heatpump: [
    ["homeCloud", 0.9],
    ["updates", 0.07],
    ["time", 0.03],
  ],
  "leila-laptop": [
    ["news", 0.4],
    ["films", 0.35],
    ["photos", 0.25],
  ],
};
const SENSOR: [PlaceName, number][] = [
  ["homeCloud", 0.94],
  ["time", 0.06],
];

/** A remote of a device, and its share of what the device moves. */
export interface Acquaintance {
  key: Required<Pick<GroupKey, "remote" | "protocol" | "port" | "service">> & GroupKey;
  share: number;
}

/** Whom a device talks to all day. */
export function acquaintances({ device }: Resident): Acquaintance[] {
  const circle = CIRCLES[device.hostName ?? ""] ?? SENSOR;
  return circle.map(([place, share]) => ({ key: keyOf(place), share }));
}

/** What is known of a place: the fields of every grouping but the device. */
export function keyOf(place: PlaceName): Acquaintance["key"] {
  const [remote, protocol, port, name, evidence]: Place = PLACES[place];
  const service = serviceOf(protocol, port, 0).words;
  const domain = name === undefined ? remote : registrableDomain(name);
  const named = name !== undefined && evidence !== undefined ? { name, evidence } : {};
  return { remote, ...named, domain, protocol, port, service };
}

import { type Mac, parseMac } from "../addr/mac.ts";
import { changesAt, type Hours, wallClock } from "./hours.ts";
import type { Config } from "./schema.ts";

type Group = Config["groups"][number];
type DeviceRules = Config["devices"][number];

/** What holds for a device, or for a group, at an instant. */
export interface Standing {
  /** Why it is kept from the Internet; null: it is not. */
  offline: { because: "paused" | "hours"; whose: "device" | "group" } | null;
  /** When it goes offline or comes back by itself, milliseconds since 1970; null: not within a week. */
  until: number | null;
  /** Mbit/s; null: as the line allows. */
  download: number | null;
  upload: number | null;
}

/** What holds at an instant for all that the configuration names. */
export interface Policy {
  devices: ReadonlyMap<Mac, Standing>;
  groups: ReadonlyMap<string, Standing>;
  /** When something of it changes by itself, milliseconds since 1970; null: not within a week. */
  until: number | null;
}

/** Every device and group of the configuration at `instant`, milliseconds since 1970. */
export function policyAt(config: Config, instant: number): Policy {
  const changes = changesFrom(config.timezone, instant);
  const groups = config.groups.map((group) => [group.name, standing(group, undefined, changes)] as const);
  const devices = config.devices.flatMap((device) => {
    const mac = parseMac(device.mac);
    const group = config.groups.find(({ name }) => name === device.group);
    return mac === undefined ? [] : [[mac, standing(group, device, changes)] as const];
  });
  const ends = [...groups, ...devices].flatMap(([, { until }]) => until ?? []);
  return {
    devices: new Map(devices),
    groups: new Map(groups),
    until: ends.length === 0 ? null : Math.min(...ends),
  };
}

/** What holds, for the page: "paused", "offline until 06:30", "online until Monday 21:30"; times are of the router's time zone. */
export function sentence({ offline, until }: Standing, timezone: string, now: number): string {
  if (offline?.because === "paused") return offline.whose === "group" ? "paused with its group" : "paused";
  const state = offline === null ? "online" : "offline";
  return until === null ? state : `${state} until ${when(until, timezone, now)}`;
}

type Changes = (hours: Hours) => { isWithin: boolean; until: number | null };

/** Many devices have the same hours: those of their group. */
function changesFrom(timezone: string, instant: number): Changes {
  const known = new Map<string, ReturnType<Changes>>();
  return (hours) => {
    const key = JSON.stringify(hours);
    const found = known.get(key) ?? changesAt(hours, timezone, instant);
    known.set(key, found);
    return found;
  };
}

/** A device is offline when itself or its group is; a limit of its own takes the place of its group's. */
function standing(group: Group | undefined, device: DeviceRules | undefined, changes: Changes): Standing {
  const limits = {
    download: device?.download ?? group?.download ?? null,
    upload: device?.upload ?? group?.upload ?? null,
  };
  if (device?.paused) return { offline: { because: "paused", whose: "device" }, until: null, ...limits };
  if (group?.paused) return { offline: { because: "paused", whose: "group" }, until: null, ...limits };
  const { isWithin, until } = changes([...(device?.offline ?? []), ...(group?.offline ?? [])]);
  if (!isWithin) return { offline: null, until, ...limits };
  const whose = device !== undefined && changes(device.offline).isWithin ? "device" : "group";
  return { offline: { because: "hours", whose }, until, ...limits };
}

function when(instant: number, timezone: string, now: number): string {
  const { time } = wallClock(timezone, instant);
  // Within the day that begins now, a time says it all.
  if (instant - now < 24 * 3_600_000) return time;
  const day = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, weekday: "long" }).format(instant);
  return `${day} ${time}`;
}

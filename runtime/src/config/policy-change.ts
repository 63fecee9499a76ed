import { type Mac, parseMac } from "../addr/mac.ts";
import type { Config } from "./schema.ts";

/** A document in which one entry is another, and the path below which its faults are. */
export interface PolicyChange {
  document: unknown;
  path: string;
}

/** With `given`, fields of any form, over the rules of a device; those left out stay, and a device without rules gets some. */
export function withDevice(config: Config, mac: Mac, given: object): PolicyChange {
  const at = config.devices.findIndex((device) => parseMac(device.mac) === mac);
  const { list, index } = replaced(config.devices, at, { ...config.devices[at], ...given, mac });
  return { document: { ...config, devices: list }, path: `devices.${index}` };
}

/** The same of a group, which is made where there is none of that name. */
export function withGroup(config: Config, name: string, given: object): PolicyChange {
  const at = config.groups.findIndex((group) => group.name === name);
  const { list, index } = replaced(config.groups, at, { ...config.groups[at], ...given, name });
  return { document: { ...config, groups: list }, path: `groups.${index}` };
}

/** Without a group; its devices are in none. */
export function withoutGroup(config: Config, name: string): Config {
  return {
    ...config,
    groups: config.groups.filter((group) => group.name !== name),
    devices: config.devices.map((device) => (device.group === name ? { ...device, group: null } : device)),
  };
}

function replaced(list: readonly object[], at: number, entry: object): { list: object[]; index: number } {
  const index = at < 0 ? list.length : at;
  return { list: list.toSpliced(index, 1, entry), index };
}

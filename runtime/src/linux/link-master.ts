import { readlinkSync } from "node:fs";
import { basename } from "node:path";

/** The name of the bridge that the interface `name` is a port of; undefined when of none, or when there is no such interface. */
export function linkMaster(name: string, folder = "/sys/class/net"): string | undefined {
  try {
    return basename(readlinkSync(`${folder}/${name}/master`));
  } catch {
    return undefined;
  }
}

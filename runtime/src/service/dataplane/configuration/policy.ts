import type { IPv4 } from "../../../addr/ipv4.ts";
import { DEFAULT_POLICY, FILTERING_NAMES, type Filtering, type NatPolicy } from "../../../nat/policy.ts";
import { DEFAULT_TIMERS, type Timers } from "../../../nat/timers.ts";
import type { Complain } from "./configuration.ts";
import { parseHostAddress } from "./hosts.ts";
import type { DataplaneConfig } from "./schema.ts";

const SECOND = 1000;
/** A year: what is longer is a mistake. */
const MAX_SECONDS = 31_536_000;

/** The timers in milliseconds. */
export function parseTimers(seconds: NonNullable<DataplaneConfig["timers"]>, complain: Complain): Timers {
  const timers = { ...DEFAULT_TIMERS };
  for (const name of Object.keys(timers) as (keyof Timers)[]) {
    const value = seconds[name];
    if (value === undefined) continue;
    if (value > 0 && value <= MAX_SECONDS) timers[name] = value * SECOND;
    else complain(`timers.${name}`, `must be seconds, above 0 and at most ${MAX_SECONDS}`);
  }
  return timers;
}

export function parseHostLimit(limit: number | undefined, complain: Complain): number {
  if (limit === undefined) return DEFAULT_POLICY.hostLimit;
  if (!Number.isInteger(limit) || limit < 1) complain("hostLimit", "must be a whole number above 0");
  return limit;
}

/** Of a host that is named more than once, as when a device has taken over another's address, the strictest holds. */
export function parseFiltering(
  filtering: DataplaneConfig["filtering"],
  complain: Complain,
): Pick<NatPolicy, "filtering" | "defaultFiltering"> {
  if (filtering === undefined) {
    return { filtering: DEFAULT_POLICY.filtering, defaultFiltering: DEFAULT_POLICY.defaultFiltering };
  }
  const hosts = new Map<IPv4, Filtering>();
  filtering.hosts.forEach((host, i) => {
    const address = parseHostAddress(`filtering.hosts.${i}.address`, host.address, complain);
    if (address === undefined) return;
    const strictest = Math.max(hosts.get(address) ?? 0, filteringNamed(host.filtering));
    hosts.set(address, strictest as Filtering);
  });
  return { filtering: hosts, defaultFiltering: filteringNamed(filtering.default) };
}

function filteringNamed(name: (typeof FILTERING_NAMES)[number]): Filtering {
  return FILTERING_NAMES.indexOf(name) as Filtering;
}

import type { IPv4 } from "../../../addr/ipv4.ts";
import { type Prefix, parsePrefix } from "../../../addr/prefix.ts";
import type { NatPolicy } from "../../../nat/policy.ts";
import type { Fault } from "../protocol.ts";
import { parseDmz, parseMapped } from "./addresses.ts";
import { parseForwards } from "./forwards.ts";
import { parseHostAddress } from "./hosts.ts";
import { networkConflicts } from "./networks.ts";
import { parseFiltering, parseHostLimit, parseTimers } from "./policy.ts";
import type { DataplaneConfig } from "./schema.ts";

/** A configuration with its addresses understood. */
export interface Configuration {
  wan: Wan | null;
  lans: Lan[];
  path: DataplaneConfig["path"];
  policy: NatPolicy;
  /** Hosts whose every packet passes the rules. */
  byRules: ReadonlySet<IPv4>;
}

export interface Wan {
  interface: string;
  address: IPv4;
  /** Bytes of the largest IP packet on the provider's side. */
  mtu: number;
}

export interface Lan {
  interface: string;
  prefix: Prefix;
}

/** Collects faults under the path of the field that is read. */
export type Complain = (field: string, reason: string) => void;

const ETHERNET_MTU = 1500;
/** The packet that every host must take in (RFC 791), and the longest there is. */
const MIN_MTU = 576;
const MAX_MTU = 65535;

/** Reads a configuration that fits the schema; every fault at once. */
export function parseConfiguration(config: DataplaneConfig): Configuration | Fault[] {
  const faults: Fault[] = [];
  const complain: Complain = (field, reason) => void faults.push({ field, reason });
  const lans = parseLans(config, complain);
  const wan = parseWan(config.wan, complain);
  // What the policy says is only held against networks that are understood.
  if (faults.length === 0) networkConflicts(wan, lans, complain);
  const policy: NatPolicy = {
    forwards: parseForwards(config.forwards ?? [], lans, complain),
    dmz: parseDmz(config, lans, complain),
    mapped: parseMapped(config.mapped ?? [], wan, lans, complain),
    ...parseFiltering(config.filtering, complain),
    hostLimit: parseHostLimit(config.hostLimit, complain),
    timers: parseTimers(config.timers ?? {}, complain),
  };
  const byRules = (config.byRules ?? []).map(
    (address, i) => parseHostAddress(`byRules.${i}`, address, complain) ?? 0,
  );
  return faults.length > 0 ? faults : { wan, lans, path: config.path, policy, byRules: new Set(byRules) };
}

function parseLans({ lans }: DataplaneConfig, complain: Complain): Lan[] {
  return lans.flatMap(({ interface: name, address }, i) => {
    const prefix = parsePrefix(address);
    if (prefix !== undefined) return [{ interface: name, prefix }];
    complain(`lans.${i}.address`, `"${address}" is no address with a prefix length, such as 192.168.77.1/24`);
    return [];
  });
}

function parseWan(wan: DataplaneConfig["wan"], complain: Complain): Wan | null {
  if (wan === null) return null;
  const address = parseHostAddress("wan.address", wan.address, complain);
  const { mtu = ETHERNET_MTU } = wan;
  if (!Number.isInteger(mtu) || mtu < MIN_MTU || mtu > MAX_MTU) {
    complain("wan.mtu", `must be a whole number from ${MIN_MTU} to ${MAX_MTU}`);
  }
  return { interface: wan.interface, address: address ?? 0, mtu };
}

import { formatIPv4, type IPv4, parseIPv4 } from "../../addr/ipv4.ts";
import { type Mac, parseMac } from "../../addr/mac.ts";
import { formatPrefix } from "../../addr/prefix.ts";
import { hostAddress } from "../../config/lan.ts";
import { forwardedPorts } from "../../config/port-span.ts";
import type { Config, HostAddress } from "../../config/schema.ts";
import type { LanSide } from "../../render/network.ts";
import type { DataplaneConfig } from "../dataplane/protocol.ts";

const MEGABYTE = 1_000_000;

type Home = Pick<LanSide, "bridge" | "prefix">;

/** Where the translation takes place now. */
export interface TranslationSite {
  config: Config;
  /** The home's networks, the owner's first. */
  lans: readonly [Home, ...Home[]];
  /** The way out; undefined while there is no address. */
  wan: { interface: string; address: IPv4; mtu: number } | undefined;
  /** The addresses that devices have now, dotted decimal. */
  addresses: ReadonlyMap<Mac, string>;
  /** Those whose every packet has to pass the rules, dotted decimal. */
  byRules: readonly string[];
}

/** What the data plane shall do for this configuration at this place. */
export function translationConfig({
  config,
  lans,
  wan,
  addresses,
  byRules,
}: TranslationSite): DataplaneConfig {
  const { nat, traffic } = config;
  const host = (to: HostAddress) => formatIPv4(hostAddress(lans[0].prefix, to));
  return {
    wan: wan === undefined ? null : { ...wan, address: formatIPv4(wan.address) },
    lans: lans.map(({ bridge, prefix }) => ({ interface: bridge, address: formatPrefix(prefix) })),
    path: nat.path,
    timers: nat.timers,
    hostLimit: nat.deviceLimit,
    filtering: { default: nat.filtering, hosts: exceptions(nat, addresses) },
    forwards: nat.forwards.map((forward) => {
      const { external, internal } = forwardedPorts(forward);
      return { protocol: forward.protocol, ...external, address: host(forward.to), port: internal.first };
    }),
    dmz: nat.dmz === null ? null : host(nat.dmz),
    mapped: nat.mapped.map(({ external, to }) => ({ external, internal: host(to) })),
    byRules: [...byRules],
    recording: {
      notRecorded: traffic.notRecorded.flatMap((mac) => parseMac(mac) ?? []),
      captureBytes: traffic.captureMegabytes * MEGABYTE,
      captureTotalBytes: traffic.captureTotalMegabytes * MEGABYTE,
    },
  };
}

/** A device that is not there has no address yet, and nothing to filter. */
function exceptions(
  { devices }: Config["nat"],
  addresses: TranslationSite["addresses"],
): NonNullable<DataplaneConfig["filtering"]>["hosts"] {
  return devices.flatMap(({ mac, filtering }) => {
    const known = parseMac(mac);
    const address = known && addresses.get(known);
    return address === undefined ? [] : [{ address, filtering }];
  });
}

/** The further addresses that the WAN port answers for besides its own. */
export function mappedAddresses({ nat }: Config): IPv4[] {
  return nat.mapped.flatMap(({ external }) => parseIPv4(external) ?? []);
}

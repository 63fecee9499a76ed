import { type IPv4, parseIPv4 } from "../../addr/ipv4.ts";
import { type Mac, parseMac } from "../../addr/mac.ts";
import type { Prefix } from "../../addr/prefix.ts";
import { dhcpRange, hostAddress } from "../../config/lan.ts";
import type { Config } from "../../config/schema.ts";
import type { Lease } from "../../dhcp/leases.ts";
import type { DhcpSettings } from "../../dhcp/settings.ts";
import type { Host } from "../../dns/name-table.ts";
import { ulaAddress } from "../../render/ipv6.ts";
import type { LanSide, Network } from "../../render/network.ts";
import type { DnsOptions } from "../dns/server.ts";

/** What the DHCP server of a network hands out; the router itself answers names. */
export function dhcpSettings(
  { config, bridge, prefix }: LanSide,
  domain: string,
): DhcpSettings & { interface: string } {
  const { dhcp } = config;
  return {
    interface: bridge,
    server: prefix,
    ...dhcpRange(prefix, dhcp),
    leaseSeconds: dhcp.leaseTime,
    domain,
    dns: [prefix.address],
    reservations: dhcp.reservations.flatMap(({ mac, address }) => {
      const parsed = parseMac(mac);
      return parsed === undefined ? [] : [{ mac: parsed, address: hostAddress(prefix, address) }];
    }),
  };
}

const LOOPBACK: IPv4 = 0x7f000001;

/** What the DNS server serves: the home, and this machine's own programs, whose resolv.conf names loopback (the clock's, say). */
export function dnsOptions({ config, lans, ipv6 }: Network, upstreams: IPv4[]): DnsOptions {
  const ipv6Of = (lan: LanSide) => (ipv6 === undefined ? {} : { ipv6: ulaAddress(ipv6, lan.config.name) });
  return {
    listen: [...lans.map(({ prefix }) => prefix.address), LOOPBACK],
    ipv6: lans.flatMap((lan) => {
      const { ipv6: address } = ipv6Of(lan);
      return address === undefined ? [] : [{ address, standIn: lan.prefix.address }];
    }),
    domain: config.domain,
    routerName: config.hostname,
    routerAddress: lans[0].prefix.address,
    upstreams,
    lan: lans.map((lan) => ({
      ...lan.prefix,
      ...ipv6Of(lan),
      sees: reachedFrom(lan, { config, lans }),
    })),
  };
}

/** The parts of the home that devices of `lan` may reach, if only some of it. */
function reachedFrom(lan: LanSide, { config, lans }: Pick<Network, "config" | "lans">): Prefix[] {
  const own = lan.config.isolated ? [] : [lan.prefix];
  const rules = config.rules.filter(({ from }) => from === lan.config.name);
  const others = rules.flatMap(({ to, host }) => {
    const prefix = lans.find(({ config }) => config.name === to)?.prefix;
    if (prefix === undefined) return [];
    return [host === null ? prefix : { address: hostAddress(prefix, host), length: 32 }];
  });
  return [...own, ...others];
}

/** The names the owner gave devices, by MAC. */
export function reservedNames({ lans }: Config): Map<Mac, string> {
  const reservations = lans.flatMap(({ dhcp }) => dhcp.reservations);
  return new Map(
    reservations.flatMap(({ mac, name }) => {
      const parsed = parseMac(mac);
      return parsed === undefined || name === undefined ? [] : [[parsed, name] as const];
    }),
  );
}

/** The home's hosts by name: what the owner named nobody else can call itself, whether the device is there or not. */
export function hostsOf(
  config: Config,
  leases: readonly Pick<Lease, "mac" | "address" | "hostName">[],
): Host[] {
  const given = reservedNames(config);
  const taken = new Set(given.values());
  return leases.flatMap(({ mac, address, hostName }) => {
    const name = given.get(mac) ?? (taken.has(hostName.toLowerCase()) ? "" : hostName);
    return name === "" ? [] : [{ name, address }];
  });
}

/** The servers that names are asked of: those configured, else the provider's. */
export function upstreams(config: Config, provided: readonly IPv4[]): IPv4[] {
  if (config.dns.upstreams === "auto") return [...provided];
  return config.dns.upstreams.flatMap((text) => parseIPv4(text) ?? []);
}

import { type IPv4, parseIPv4 } from "../../addr/ipv4.ts";
import { type Mac, parseMac } from "../../addr/mac.ts";
import {
  formatPrefix,
  network as networkAddress,
  overlaps,
  type Prefix,
  parsePrefix,
} from "../../addr/prefix.ts";
import { chooseLanPrefix, dhcpRange, hostAddress, LAN_CANDIDATES } from "../../config/lan.ts";
import { choosePorts, type Link } from "../../config/ports.ts";
import type { Config } from "../../config/schema.ts";
import type { Lease } from "../../dhcp/leases.ts";
import type { DhcpSettings } from "../../dhcp/settings.ts";
import type { Host } from "../../dns/zone.ts";
import { LAN_BRIDGE, type Network } from "../../render/network.ts";
import type { DnsOptions } from "../dns/server.ts";

/** What the router shall be on this machine, and what its owner should know about the choices. */
export interface Plan {
  network: Network;
  notes: string[];
  /** Set while home and provider use the same network. */
  clash: string | null;
  /** Set when the home's network is another than before, for the provider uses that one. */
  moved: string | null;
}

/** What the machine has, and what was chosen before. */
export interface Surroundings {
  links: readonly Link[];
  /** The networks of the WAN port `port`. */
  wanPrefixes(port: string | undefined): Prefix[];
  /** The LAN's automatic network so far. */
  current: Prefix | undefined;
  /** The automatic WAN port that has had an address. */
  provenWan: string | undefined;
}

/** Gives every port its side and the LAN its network. */
export function planNetwork(config: Config, { links, wanPrefixes, current, provenWan }: Surroundings): Plan {
  const { notes, ...ports } = choosePorts(links, config, provenWan);
  const wan = wanPrefixes(ports.wan);
  const fixed = config.lan.address === "auto" ? undefined : parsePrefix(config.lan.address);
  const prefix = fixed ?? chooseLanPrefix(current, wan) ?? current ?? LAN_CANDIDATES[0]!;
  return {
    network: { config, ...ports, prefix },
    notes,
    clash: clashNote(prefix, wan),
    moved: fixed === undefined && current !== undefined ? moveNote(prefix, current) : null,
  };
}

function clashNote(prefix: Prefix, wan: readonly Prefix[]): string | null {
  return wan.some((provider) => overlaps(provider, prefix))
    ? `The provider uses the home's network ${networkText(prefix)} too, so the Internet cannot be reached; choose another network for the home.`
    : null;
}

function moveNote(prefix: Prefix, before: Prefix): string | null {
  return networkAddress(prefix) === networkAddress(before)
    ? null
    : `The provider uses the network the home had; the home moved to ${networkText(prefix)}.`;
}

function networkText(prefix: Prefix): string {
  return formatPrefix({ address: networkAddress(prefix), length: prefix.length });
}

/** What the DHCP server hands out; the router itself answers names. */
export function dhcpSettings({ config, prefix }: Network): DhcpSettings & { interface: string } {
  const { dhcp } = config.lan;
  return {
    interface: LAN_BRIDGE,
    server: prefix,
    ...dhcpRange(prefix, dhcp),
    leaseSeconds: dhcp.leaseTime,
    domain: config.domain,
    dns: [prefix.address],
    reservations: dhcp.reservations.flatMap(({ mac, address }) => {
      const parsed = parseMac(mac);
      return parsed === undefined ? [] : [{ mac: parsed, address: hostAddress(prefix, address) }];
    }),
  };
}

const LOOPBACK: IPv4 = 0x7f000001;

/** What the DNS server serves: the home, and this machine's own programs, whose resolv.conf names loopback (the clock's, say). */
export function dnsOptions({ config, prefix }: Network, upstreams: IPv4[]): DnsOptions {
  return {
    listen: [prefix.address, LOOPBACK],
    domain: config.domain,
    routerName: config.hostname,
    routerAddress: prefix.address,
    upstreams,
    lan: [prefix],
  };
}

/** The names the owner gave devices, by MAC. */
export function reservedNames({ lan }: Config): Map<Mac, string> {
  return new Map(
    lan.dhcp.reservations.flatMap(({ mac, name }) => {
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

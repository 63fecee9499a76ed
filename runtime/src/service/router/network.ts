import { formatIPv4, type IPv4 } from "../../addr/ipv4.ts";
import type { Mac } from "../../addr/mac.ts";
import { formatPrefix, type Prefix } from "../../addr/prefix.ts";
import type { Link, RouteSnapshot } from "../../linux/netlink/route.ts";
import type { Sighting } from "./devices.ts";

/** The way to the Internet as the API shows it, but for how long it has been so; see api/model.ts. */
export interface WanFacts {
  state: "online" | "no-port" | "no-cable" | "no-address";
  interface: string | null;
  mac: Mac | null;
  address: string | null;
  gateway: string | null;
}

/** What the kernel's tables say of the WAN port named `port`. */
export function wanFacts(snapshot: RouteSnapshot, port: string | undefined): WanFacts {
  const link = linkNamed(snapshot, port);
  if (link === undefined)
    return { state: "no-port", interface: null, mac: null, address: null, gateway: null };
  const address = snapshot.addresses.find((entry) => entry.link === link.index)?.prefix;
  const route = snapshot.defaultRoutes.find((entry) => entry.link === link.index);
  return {
    state: wanState(link, address !== undefined && route !== undefined),
    interface: link.name,
    mac: link.mac ?? null,
    address: address === undefined ? null : formatPrefix(address),
    gateway: route === undefined || route.gateway === 0 ? null : formatIPv4(route.gateway),
  };
}

function wanState(link: Link, hasRoute: boolean): WanFacts["state"] {
  if (!link.carrier) return "no-cable";
  return hasRoute ? "online" : "no-address";
}

/** The same without the addresses that the WAN port answers for in place of devices (1:1 mapping). */
export function withoutAddresses(snapshot: RouteSnapshot, mapped: readonly IPv4[]): RouteSnapshot {
  const addresses = snapshot.addresses.filter(({ prefix }) => !mapped.includes(prefix.address));
  return { ...snapshot, addresses };
}

/** The router's own Internet address and the port it is on; undefined while there is none. */
export function wayOut(
  snapshot: RouteSnapshot,
  port: string | undefined,
): { interface: string; address: IPv4; mtu: number } | undefined {
  const link = linkNamed(snapshot, port);
  const own = wanPrefixes(snapshot, port)[0];
  return link && own && { interface: link.name, address: own.address, mtu: link.mtu };
}

/** The networks that the WAN port lies in now. */
export function wanPrefixes(snapshot: RouteSnapshot, port: string | undefined): Prefix[] {
  const link = linkNamed(snapshot, port);
  return snapshot.addresses.filter((entry) => entry.link === link?.index).map(({ prefix }) => prefix);
}

/** Whether `bridge` is there and carries exactly the address asked for. */
export function hasAddress(snapshot: RouteSnapshot, bridge: string, wanted: Prefix): boolean {
  const link = linkNamed(snapshot, bridge);
  return snapshot.addresses.some(
    ({ link: index, prefix }) =>
      index === link?.index && prefix.address === wanted.address && prefix.length === wanted.length,
  );
}

/** Whether `bridge` is there and can use this IPv6 address. */
export function hasIpv6Address(snapshot: RouteSnapshot, bridge: string, wanted: string): boolean {
  const link = linkNamed(snapshot, bridge);
  return snapshot.ipv6.addresses.some(
    ({ link: index, address }) => index === link?.index && address === wanted,
  );
}

/** Every device that one of the home's bridges has learnt, with the address its neighbour entry gives. */
export function sightings(
  snapshot: RouteSnapshot,
  lans: readonly { bridge: string; config: { name: string } }[],
): Sighting[] {
  return lans.flatMap(({ bridge, config }) => sightingsOn(snapshot, bridge, config.name));
}

function sightingsOn(snapshot: RouteSnapshot, bridge: string, network: string): Sighting[] {
  const lan = linkNamed(snapshot, bridge);
  if (lan === undefined) return [];
  const names = new Map(snapshot.links.map(({ index, name }) => [index, name]));
  const addresses = new Map(
    snapshot.neighbours.filter(({ link }) => link === lan.index).map(({ mac, address }) => [mac, address]),
  );
  return snapshot.bridgePorts
    .filter((entry) => entry.bridge === lan.index)
    .map(({ mac, port }) => ({
      mac,
      address: addresses.get(mac),
      ipv6: ipv6Of(mac, lan.index, snapshot),
      port: names.get(port),
      network,
    }));
}

/** More than a device uses, privacy addresses among them: a stranger who invents some fills no list. */
const MAX_ADDRESSES = 16;

/** Those but for link-local ones, which every device has. */
function ipv6Of(device: Mac, lan: number, { ipv6: { neighbours } }: RouteSnapshot): string[] {
  return neighbours
    .filter(({ link, mac, address }) => link === lan && mac === device && !address.startsWith("fe80:"))
    .map(({ address }) => address)
    .toSorted()
    .slice(0, MAX_ADDRESSES);
}

export function linkNamed(snapshot: RouteSnapshot, name: string | undefined): Link | undefined {
  return snapshot.links.find((link) => link.name === name);
}

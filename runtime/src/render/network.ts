import type { Mac } from "../addr/mac.ts";
import type { Prefix } from "../addr/prefix.ts";
import type { Config, LanConfig, WanConfig } from "../config/schema.ts";
import type { AccessPoint } from "./wifi/radios.ts";

/** A way to the Internet on this machine. */
export interface WanSide {
  config: WanConfig;
  /** The Ethernet port. */
  port: string;
  /** What has the Internet address: the port, a VLAN on it, or the PPP link over either. */
  interface: string;
  /** The hardware address the provider is to see; undefined where it is not known, and so stays what it is. */
  mac: string | undefined;
  /** The lower, the sooner its default route is taken (as the kernel's metric). */
  metric: number;
  /** A routing table that has its default route alone. */
  table: number;
}

/** A network of the home on this machine. */
export interface LanSide {
  config: LanConfig;
  /** Joins the network's ports and radios. */
  bridge: string;
  /** The router's own address in the network with its length. */
  prefix: Prefix;
  ports: string[];
  tagged: string[];
}

/** The configuration together with what was chosen for this machine: all that rendering needs to know. */
export interface Network {
  config: Config;
  /** Those whose port is there. */
  wans: WanSide[];
  /** The one that is used. */
  wan: WanSide | undefined;
  /** One for each network of the configuration; the first is the owner's. */
  lans: [LanSide, ...LanSide[]];
  /** Ethernet ports that serve nothing. */
  idle: string[];
  /** undefined: the home has no IPv6. */
  ipv6?: Ipv6Side | undefined;
  /** Radios that serve wireless networks. */
  radios: string[];
  /** What they send; null: it is not known yet what they can do, and what runs goes on. */
  accessPoints: AccessPoint[] | null;
}

/** What was chosen and found out for IPv6. */
export interface Ipv6Side {
  /** The home's own prefix, such as "fd12:3456:789a::/48". */
  ula: string;
  /** Each network's number within the home's own prefix and the provider's, by its name. */
  subnets: ReadonlyMap<string, number>;
  /** Prefixes that the provider has taken back, by the name of the network that had them. */
  former: ReadonlyMap<string, readonly string[]>;
  /** The addresses by which devices with pinholes can be reached from the Internet. */
  reachable: ReadonlyMap<Mac, readonly string[]>;
}

export function bridgeOf({ name }: Pick<LanConfig, "name">): string {
  return `br-${name}`;
}

/** The VLAN's interface for a tagged port of a network; `index` counts those of the configuration. */
export function taggedInterface({ name }: Pick<LanConfig, "name">, index: number): string {
  return `t-${name}-${index}`;
}

/** Ethernet towards the provider: the port, or the VLAN's interface on it. */
export function wanEthernet({ name, vlan }: Pick<WanConfig, "name" | "vlan">, port: string): string {
  return vlan === null ? port : `wan-${name}`;
}

/** What has the Internet address. */
export function wanInterface(config: Pick<WanConfig, "name" | "vlan" | "mode">, port: string): string {
  return config.mode === "pppoe" ? `ppp-${config.name}` : wanEthernet(config, port);
}

/** A configuration file of another program: its name without the folder, and its whole text. */
export interface RenderedFile {
  name: string;
  text: string;
}

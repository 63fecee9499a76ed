import type { IPv4 } from "../../addr/ipv4.ts";
import type { Mac } from "../../addr/mac.ts";
import type { Prefix } from "../../addr/prefix.ts";

export interface Link {
  index: number;
  name: string;
  /** The kernel's kind of a virtual link ("bridge", "veth", "vlan", "wireguard"); empty for hardware. */
  kind: string;
  /** What it is to a router's owner: a physical Ethernet port, a radio's interface, or neither. */
  medium: "ethernet" | "radio" | "virtual";
  /** undefined where the link has no Ethernet address. */
  mac: Mac | undefined;
  /** Administratively up (IFF_UP). */
  up: boolean;
  /** A signal on the medium. */
  carrier: boolean;
  /** Index of the bridge or bond it belongs to, 0 for none. */
  master: number;
}

export interface LinkAddress {
  link: number;
  prefix: Prefix;
}

export interface DefaultRoute {
  link: number;
  /** 0 for a route without one (point-to-point). */
  gateway: IPv4;
  metric: number;
}

export interface Neighbour {
  link: number;
  address: IPv4;
  mac: Mac;
  /** NUD_REACHABLE, DELAY, PROBE or PERMANENT: confirmed lately. */
  confirmed: boolean;
}

/** Where a bridge has learnt a MAC address. */
export interface BridgePort {
  bridge: number;
  port: number;
  mac: Mac;
}

/** One consistent look at the kernel's IPv4 state; default routes best metric first. */
export interface RouteSnapshot {
  links: Link[];
  addresses: LinkAddress[];
  defaultRoutes: DefaultRoute[];
  neighbours: Neighbour[];
  bridgePorts: BridgePort[];
}

export declare function snapshotRoute(): RouteSnapshot;

export interface RouteWatch {
  close(): void;
}

/** Calls `onChange` with a snapshot now and after each change, several changes close together being one. */
export declare function watchRoute(
  onChange: (snapshot: RouteSnapshot) => void,
  onError: (error: Error) => void,
): RouteWatch;

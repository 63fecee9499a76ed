import type { IPv4 } from "../addr/ipv4.ts";
import { DEFAULT_TIMERS, type Timers } from "./timers.ts";
import type { Transport } from "./transport.ts";

/** Whose packets a binding lets in (RFC 4787 section 5): anyone's, those of addresses or of endpoints that the host has sent to. */
export type Filtering = 0 | 1 | 2;

/** Endpoint-independent filtering. */
export const OPEN: Filtering = 0;
/** Address-dependent filtering. */
export const ADDRESS: Filtering = 1;
/** Address and port-dependent filtering. */
export const ADDRESS_AND_PORT: Filtering = 2;

/** Names for people and for messages, by filtering. */
export const FILTERING_NAMES = ["open", "address", "address-and-port"] as const;
export type FilteringName = (typeof FILTERING_NAMES)[number];

/** A static forward: an external port that is always an internal endpoint's. */
export interface Forward {
  /** TCP or UDP. */
  transport: Transport;
  externalPort: number;
  address: IPv4;
  port: number;
}

/** What the owner of the router decides. */
export interface NatPolicy {
  /** No two have the same external endpoint, no two the same internal endpoint. */
  forwards: readonly Forward[];
  /** The host that gets what comes in for ports that nothing has and that are not the router's own. */
  dmz: IPv4 | null;
  /** Hosts with an external address of their own, which is never the WAN's (1:1, "basic NAT", RFC 3022 section 2.1). */
  mapped: readonly { external: IPv4; internal: IPv4 }[];
  /** Hosts whose filtering is not `defaultFiltering`. */
  filtering: ReadonlyMap<IPv4, Filtering>;
  defaultFiltering: Filtering;
  /** Bindings and overload sessions that one internal address may hold at once (RFC 6888 REQ-4). */
  hostLimit: number;
  timers: Timers;
}

/** Nothing forwarded, everyone open; one host may have a quarter of one transport's ports. */
export const DEFAULT_POLICY: NatPolicy = {
  forwards: [],
  dmz: null,
  mapped: [],
  filtering: new Map(),
  defaultFiltering: OPEN,
  hostLimit: 16384,
  timers: DEFAULT_TIMERS,
};

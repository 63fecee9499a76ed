import type { FilteringName } from "../../runtime/src/nat/policy.ts";
import type { Seen } from "./seen.ts";

/** Hosts of the home, each on a wire of its own, and all that lies beyond the router's external interface. */
export type Host = "alice" | "bob" | "carol";
export type Place = Host | "outside";

export const ADDRESSES: Readonly<Record<Host, string>> = {
  alice: "192.168.77.11",
  bob: "192.168.77.12",
  carol: "192.168.77.13",
};
export const LAN_ADDRESS = "192.168.77.1";
export const LAN_PREFIX = "192.168.77.1/24";

/** Documentation addresses (RFC 5737): servers out there, and the router on a path that answers for them. */
export const SERVER = "203.0.113.80";
export const OTHER_SERVER = "203.0.113.81";
export const FAR_ROUTER = "192.0.2.254";
/** A further external address, for a host that is mapped 1:1. */
export const MAPPED_ADDRESS = "198.51.100.77";

/** Bytes of the largest packet on the external link; inside it is 1500. */
export const EXTERNAL_MTU = 1400;

/** Milliseconds. */
export interface Lifetimes {
  udp: number;
  tcpTransitory: number;
  tcpEstablished: number;
  icmpQuery: number;
  association: number;
  quarantine: number;
}

/** What the owner decides; what is left out is as the product has it by default. */
export interface RouterPolicy {
  hostLimit?: number;
  filtering?: { default: FilteringName; hosts: { host: Host; filtering: FilteringName }[] };
  forwards?: { protocol: "tcp" | "udp" | "both"; first: number; last: number; host: Host; port: number }[];
  dmz?: Host;
  mapped?: { external: string; host: Host }[];
}

export type TransportName = "tcp" | "udp" | "icmp";
export type ProtocolName = "gre" | "esp" | "sctp" | "6in4" | "ipip";

/**
 * A router between the home and the outside, new for each test: nothing bound, no packet on the way. The same tests run on
 * the engine with packets carried by software and a clock that the test moves, and on the kernel in real time.
 */
export interface Router {
  /** The external address. */
  readonly external: string;
  readonly lifetimes: Lifetimes;

  configure(policy: RouterPolicy): Promise<void>;
  /** Puts a packet on the wire of a place, towards the router. */
  send(from: Place, packet: Uint8Array): void;
  /** The first packet fitting `isSought` that arrives, or has arrived, at a place. Throws when none comes. */
  received(at: Place, isSought: (packet: Seen) => boolean): Promise<Seen>;
  /** All packets that have arrived at a place. */
  arrived(at: Place): Seen[];
  /** Done when every packet sent before has been let through or dropped: later ones on the same ways have arrived. */
  settle(): Promise<void>;

  /** Bytes that the kernel holds of fragments, and the most that it may. */
  fragmentMemory?(): { used: number; limit: number };

  /** The clock in milliseconds. */
  now(): number;
  /** Milliseconds between two looks at something that is waited for. */
  readonly lookInterval: number;
  /** Whether time passes by itself. */
  readonly isRealTime: boolean;
  /** Done when the clock shows `time` or later. */
  until(time: number): Promise<void>;
  /** Whether the router holds a binding for an internal endpoint. */
  isBound(transport: TransportName, address: string, port: number): Promise<boolean>;
  /** Whether the router holds an association of a protocol without ports. */
  isAssociated(protocol: ProtocolName, address: string): Promise<boolean>;
}

/** A test of one requirement. Its name is the id and what it says. */
export interface Requirement {
  id: string;
  says: string;
  /**
   * "timed": it waits for lifetimes, together with all others of its kind on one router, so it neither configures nor shares
   * endpoints with another; "kernel": what it is about is the kernel's work and not the engine's.
   */
  kind?: "timed" | "kernel";
  run(router: Router): Promise<void>;
}

import type { ConfigurationService } from "../service/configuration/service.ts";
import type { HomeNetworks } from "../service/lan/networks.ts";
import type { PolicyService } from "../service/policy/policy.ts";
import type { TrafficSettings } from "../service/router/traffic-settings.ts";
import type { Revisions } from "../service/store/revisions.ts";
import type { TrafficSource } from "../service/traffic/source.ts";
import type { Counters, Device, LiveEvent, Status } from "./model.ts";
import type { NatDevice, NatRows, NatSummary } from "./nat-model.ts";
import type { Probed, Ways } from "./wan-model.ts";
import type { Passphrases, WifiNow } from "./wifi-model.ts";

/** What the API tells about: the control plane, or a script in tests. Calls are cheap and never throw. */
export interface RouterSource {
  readonly configuration: Pick<
    ConfigurationService,
    "current" | "check" | "propose" | "confirm" | "cancel" | "trial"
  >;
  /** Who is kept from the Internet, or within limits. */
  readonly policy: Pick<PolicyService, "current">;
  readonly nat: NatSource;
  readonly traffic: TrafficSource;
  /** The networks of the home. */
  readonly lan: Pick<HomeNetworks, "list" | "reach" | "wake" | "pageAddresses">;
  readonly wifi: WifiSource;
  readonly wan: WanSource;
  /** What is recorded of the traffic, and who may see it. */
  readonly settings: Pick<TrafficSettings, "current" | "change">;
  /** What the configuration was, and as files. */
  readonly revisions: Pick<
    Revisions,
    "history" | "read" | "restoring" | "restore" | "export" | "importing" | "import"
  >;
  status(): Status;
  devices(): Device[];
  counters(): Counters;
  /** Every event from now on, in order, until the returned function is called. */
  subscribe(listener: (event: LiveEvent) => void): () => void;
}

/** The ways to the Internet. */
export interface WanSource {
  ways(): Ways;
  /** What the last probe found; null before the first. */
  probed(): Probed | null;
  /** Takes seconds; never rejects. */
  probe(): Promise<Probed>;
}

/** Radios and wireless networks. */
export interface WifiSource {
  now(): WifiNow;
  passphrases(): Passphrases;
}

/** Address translation. What is a promise comes from the data plane, and rejects when that does not answer. */
export interface NatSource {
  summary(): NatSummary;
  /** At most `limit` rows that fit `filter`, from `after` on: the `next` of the page before. */
  list<List extends keyof NatRows>(
    what: List,
    filter: NatFilter,
    limit: number,
    after?: number,
  ): Promise<NatPage<NatRows[List]>>;
  /** Undefined: no device has that MAC. */
  device(mac: string): Promise<NatDevice | undefined>;
}

export interface NatFilter {
  /** The device's address at home. */
  host?: string;
  transport?: "tcp" | "udp" | "icmp";
  /** The device's, the Internet address's or the other side's. */
  port?: number;
}

/** A part of a list; the rest begins at `next`, unless that is null. */
export interface NatPage<Row> {
  rows: Row[];
  next: number | null;
}

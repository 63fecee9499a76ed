import type { IPv4 } from "../../addr/ipv4.ts";
import type { Prefix } from "../../addr/prefix.ts";
import type { Config } from "../../config/schema.ts";
import { type RouteSnapshot, snapshotRoute } from "../../linux/netlink/route.ts";
import type { Network } from "../../render/network.ts";
import { automaticPrefixes, type Plan, planNetwork } from "../../render/plan.ts";
import type { Effective } from "../configuration/service.ts";
import { Ipv6 } from "../ipv6/ipv6.ts";
import type { WanMonitor } from "../wan/monitor.ts";
import type { WifiService } from "../wifi/wifi.ts";
import type { Memory } from "./memory.ts";
import { linkNamed, type WanFacts, wanFacts, wanPrefixes, withoutAddresses } from "./network.ts";
import { ProvenWan } from "./proven-wan.ts";
import { mappedAddresses } from "./translation-config.ts";

/** What the router shall be, what the machine has, and what was made of both: all parts of the router read it here. */
export class Present {
  config: Config;
  /** The newest one, 0 for the defaults. */
  revision: number;
  snapshot: RouteSnapshot;
  plan: Plan;
  /** The provider's name servers. */
  providedDns: IPv4[] = [];
  /** Why the home's network is another than before, since the start; null: it is not. */
  moved: string | null = null;
  readonly #memory: Memory;
  readonly #provenWan: ProvenWan;
  readonly #ipv6: Ipv6;
  #isTrial: boolean;
  #lanPrefixes: ReadonlyMap<string, Prefix>;
  /** What was chosen for the newest revision. */
  #kept: ReadonlyMap<string, Prefix>;

  constructor(
    { config, revision, isTrial }: Effective,
    memory: Memory,
    private readonly wifi: WifiService,
    private readonly ways: WanMonitor,
  ) {
    this.config = config;
    this.revision = revision;
    this.#isTrial = isTrial;
    this.#memory = memory;
    this.#lanPrefixes = this.#kept = memory.lanPrefixes();
    this.#provenWan = new ProvenWan(memory.provenWan());
    this.#ipv6 = new Ipv6(memory);
    this.snapshot = this.#ownPart(snapshotRoute());
    this.plan = this.#planned();
  }

  /** Takes up another configuration. What is chosen for one on trial is forgotten with it, unless it is kept. */
  configure({ config, revision, isTrial }: Effective): void {
    if (config !== this.config) this.#lanPrefixes = this.#kept;
    this.config = config;
    this.revision = revision;
    this.#isTrial = isTrial;
  }

  /** What `config` would mean on this machine now. */
  networkOf(config: Config): Network {
    return this.#planned(config).network;
  }

  /** The machine's Ethernet ports. */
  ports(): string[] {
    return this.snapshot.links.filter(({ medium }) => medium === "ethernet").map(({ name }) => name);
  }

  /** Takes in what the kernel says now. */
  look(snapshot: RouteSnapshot): void {
    this.snapshot = this.#ownPart(snapshot);
  }

  /** Decides anew what the configuration means on this machine, and remembers what was chosen for it. */
  async decide(): Promise<Plan> {
    this.plan = this.#planned();
    this.ways.look(this.plan.network.wans, this.snapshot);
    this.moved = this.plan.moved ?? this.moved;
    this.providedDns = this.#readProvidedDns();
    // Of a network whose address has been fixed since, too: that may be taken back.
    this.#lanPrefixes = new Map([...this.#lanPrefixes, ...automaticPrefixes(this.plan.network.lans)]);
    if (this.#isTrial) return this.plan;
    this.#kept = this.#lanPrefixes;
    await this.#memory.keepLanPrefixes(this.#kept);
    await this.#ipv6.keep(this.plan.network.ipv6);
    return this.plan;
  }

  /** The way to the Internet as the kernel shows it; a port that proves itself, but not on trial, is remembered. */
  noteWan(): WanFacts {
    const { wans, wan } = this.plan.network;
    const automatic = wans.find(({ config }) => config.port === "auto") ?? wan;
    const port = linkNamed(this.snapshot, automatic?.port);
    if (
      !this.#isTrial &&
      port !== undefined &&
      wanFacts(this.snapshot, automatic?.interface).state === "online"
    ) {
      const proven = this.#provenWan.note(port);
      if (proven !== undefined) void this.#memory.keepProvenWan(proven);
    }
    return wanFacts(this.snapshot, wan?.interface);
  }

  bridges(): string[] {
    return this.plan.network.lans.map(({ bridge }) => bridge);
  }

  #planned(config = this.config): Plan {
    this.wifi.look(this.snapshot.links, this.config);
    return planNetwork(config, {
      links: this.snapshot.links,
      prefixesOf: (name) => wanPrefixes(this.snapshot, name),
      current: this.#lanPrefixes,
      provenWan: this.#provenWan.name(this.snapshot.links),
      failing: this.ways.failing,
      ipv6: this.#ipv6.chosen(config, this.snapshot),
      accessPoints: (config) => this.wifi.accessPoints(config),
    });
  }

  /** What the kernel says but for the addresses that are devices' own, which the WAN port only answers for. */
  #ownPart(snapshot: RouteSnapshot): RouteSnapshot {
    return withoutAddresses(snapshot, mappedAddresses(this.config));
  }

  #readProvidedDns(): IPv4[] {
    const { wan } = this.plan.network;
    return wan === undefined ? [] : this.ways.dns(wan, this.snapshot);
  }
}

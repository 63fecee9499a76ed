import type { IPv4 } from "../../addr/ipv4.ts";
import type { Prefix } from "../../addr/prefix.ts";
import type { Config } from "../../config/schema.ts";
import { type RouteSnapshot, snapshotRoute } from "../../linux/netlink/route.ts";
import { automaticPrefixes, type Plan, planNetwork } from "../../render/plan.ts";
import { Ipv6 } from "../ipv6/ipv6.ts";
import type { Loaded } from "../store/store.ts";
import type { WanMonitor } from "../wan/monitor.ts";
import type { WifiService } from "../wifi/wifi.ts";
import type { Memory } from "./memory.ts";
import { linkNamed, type WanFacts, wanFacts, wanPrefixes, withoutAddresses } from "./network.ts";
import { ProvenWan } from "./proven-wan.ts";
import { mappedAddresses } from "./translation-config.ts";

/** What the router shall be, what the machine has, and what was made of both: all parts of the router read it here. */
export class Present {
  config: Config;
  /** That of `config`, 0 for the defaults. */
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
  #lanPrefixes: ReadonlyMap<string, Prefix>;

  constructor(
    { config, revision }: Loaded,
    memory: Memory,
    private readonly wifi: WifiService,
    private readonly ways: WanMonitor,
  ) {
    this.config = config;
    this.revision = revision.number;
    this.#memory = memory;
    this.#lanPrefixes = memory.lanPrefixes();
    this.#provenWan = new ProvenWan(memory.provenWan());
    this.#ipv6 = new Ipv6(memory);
    this.snapshot = this.#ownPart(snapshotRoute());
    this.plan = this.#planned();
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
    this.#lanPrefixes = automaticPrefixes(this.plan.network.lans);
    await this.#memory.keepLanPrefixes(this.#lanPrefixes);
    await this.#ipv6.keep(this.plan.network.ipv6);
    return this.plan;
  }

  /** The way to the Internet as the kernel shows it; a port that proves itself is remembered. */
  noteWan(): WanFacts {
    const { wans, wan } = this.plan.network;
    const automatic = wans.find(({ config }) => config.port === "auto") ?? wan;
    const port = linkNamed(this.snapshot, automatic?.port);
    if (port !== undefined && wanFacts(this.snapshot, automatic?.interface).state === "online") {
      const proven = this.#provenWan.note(port);
      if (proven !== undefined) void this.#memory.keepProvenWan(proven);
    }
    return wanFacts(this.snapshot, wan?.interface);
  }

  bridges(): string[] {
    return this.plan.network.lans.map(({ bridge }) => bridge);
  }

  #planned(): Plan {
    this.wifi.look(this.snapshot.links, this.config);
    return planNetwork(this.config, {
      links: this.snapshot.links,
      prefixesOf: (name) => wanPrefixes(this.snapshot, name),
      current: this.#lanPrefixes,
      provenWan: this.#provenWan.name(this.snapshot.links),
      failing: this.ways.failing,
      ipv6: this.#ipv6.chosen(this.config, this.snapshot),
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

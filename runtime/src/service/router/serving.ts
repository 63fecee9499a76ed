import { formatIPv4, type IPv4 } from "../../addr/ipv4.ts";
import { ulaAddress } from "../../render/ipv6.ts";
import type { LanSide } from "../../render/network.ts";
import { Discovery } from "../lan/discovery.ts";
import { createLog } from "../log.ts";
import { upstreams } from "./lan-settings.ts";
import { Moves } from "./moves.ts";
import { hasAddress, hasIpv6Address, linkNamed } from "./network.ts";
import { pageAddresses } from "./page-addresses.ts";
import type { Present } from "./present.ts";
import type { LanServices } from "./servers.ts";

export interface ServingEvents {
  /** Where the page is to be from now on; told again when it throws. */
  onPageAddresses(addresses: readonly string[]): void;
  /** At these bridges and ports are devices with addresses of another network than is served there now. */
  onMoved(links: readonly string[]): void;
}

/** Serves each network of the home as soon as its bridge has its address; names with the first. */
export class Serving {
  #pages: readonly IPv4[] = [];
  /** The same as told, with those of IPv6. */
  #told = "";
  readonly #moves: Moves;
  #hasBegun = false;
  readonly #discovery = new Discovery(createLog("discovery"));

  constructor(
    private readonly present: Present,
    private readonly servers: LanServices,
    private readonly events: ServingEvents,
  ) {
    this.#moves = new Moves(present.snapshot);
  }

  /** Whether the first network has been served since the start. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  serve(): void {
    const { config, snapshot, plan, providedDns } = this.present;
    const { network } = plan;
    this.servers.retain(network.lans.map(({ config }) => config.name));
    const ready = network.lans.filter(({ bridge, prefix }) => hasAddress(snapshot, bridge, prefix));
    for (const lan of ready) {
      const bridge = linkNamed(snapshot, lan.bridge);
      if (bridge !== undefined) this.servers.serveDhcp(lan, bridge.index, config.domain);
    }
    this.#discovery.join(
      ready
        .filter(({ config: { name } }) => config.discovery.includes(name))
        .map(({ bridge }) => ({ name: bridge, index: linkNamed(snapshot, bridge)?.index ?? 0 })),
    );
    const [first] = network.lans;
    if (ready.includes(first)) {
      this.servers.serveDns(
        { ...network, lans: [first, ...ready.filter((lan) => lan !== first)] },
        upstreams(config, providedDns),
      );
      this.#hasBegun = true;
    }
    this.#servePage(network.lans, ready);
    const moved = this.#moves.note(ready);
    if (moved.length > 0) this.events.onMoved(moved);
  }

  #servePage(lans: readonly LanSide[], ready: readonly LanSide[]): void {
    const pages = pageAddresses(lans, ready, this.#pages);
    const addresses = [...pages.map(formatIPv4), ...this.#ipv6Pages(lans)];
    if (addresses.join() === this.#told) return;
    this.events.onPageAddresses(addresses);
    this.#told = addresses.join();
    this.#pages = pages;
  }

  #ipv6Pages(lans: readonly LanSide[]): string[] {
    const { snapshot, plan } = this.present;
    const { ipv6 } = plan.network;
    if (ipv6 === undefined) return [];
    return lans.flatMap(({ bridge, config }) => {
      const address = ulaAddress(ipv6, config.name);
      return config.router && hasIpv6Address(snapshot, bridge, address) ? [address] : [];
    });
  }
}

import type { IPv4 } from "../../addr/ipv4.ts";
import { Discovery } from "../lan/discovery.ts";
import { createLog } from "../log.ts";
import { upstreams } from "./lan-settings.ts";
import { hasAddress, linkNamed } from "./network.ts";
import type { Present } from "./present.ts";
import type { LanServices } from "./servers.ts";

/** Serves each network of the home as soon as its bridge has its address; names and the page with the first. */
export class Serving {
  #listening: IPv4 | undefined;
  readonly #discovery = new Discovery(createLog("discovery"));

  /** `onAddress` is told the first network's address, and the one it had before; called again when it throws. */
  constructor(
    private readonly present: Present,
    private readonly servers: LanServices,
    private readonly onAddress: (address: IPv4, before: IPv4 | undefined) => void,
  ) {}

  /** Whether the home has been served since the start. */
  get hasBegun(): boolean {
    return this.#listening !== undefined;
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
    if (!ready.includes(first)) return;
    this.servers.serveDns(
      { ...network, lans: [first, ...ready.filter((lan) => lan !== first)] },
      upstreams(config, providedDns),
    );
    const { address } = first.prefix;
    if (this.#listening === address) return;
    this.onAddress(address, this.#listening);
    this.#listening = address;
  }
}

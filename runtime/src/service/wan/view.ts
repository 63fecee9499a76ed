import { formatIPv4 } from "../../addr/ipv4.ts";
import type { RouteSnapshot } from "../../linux/netlink/route.ts";
import type { Network } from "../../render/network.ts";
import { type WanFacts, wanFacts } from "../router/network.ts";
import type { WanMonitor } from "./monitor.ts";
import { type Probed, Prober } from "./probe.ts";

/** A way to the Internet as the API shows it; see api/wan-model.ts for each field. */
export interface Way extends WanFacts {
  name: string;
  mode: "dhcp" | "static" | "pppoe";
  port: string;
  dns: string[];
  isUsed: boolean;
  fault: string | null;
}

interface Present {
  plan: { network: Network };
  snapshot: RouteSnapshot;
}

/** What the API tells of the ways to the Internet. */
export class WanView {
  readonly #prober: Prober;

  constructor(
    private readonly present: () => Present,
    private readonly monitor: () => WanMonitor,
  ) {
    this.#prober = new Prober(() => ({
      network: present().plan.network,
      snapshot: present().snapshot,
    }));
  }

  /** Those whose port is there, the preferred one first. */
  ways(): Way[] {
    const { plan, snapshot } = this.present();
    const { wans, wan } = plan.network;
    return wans.map((side) => ({
      ...wanFacts(snapshot, side.interface),
      name: side.config.name,
      mode: side.config.mode,
      port: side.port,
      dns: this.monitor().dns(side, snapshot).map(formatIPv4),
      isUsed: side === wan,
      fault: this.monitor().faultOf(side) ?? null,
    }));
  }

  /** What the last probe found; null before the first. */
  probed(): Probed | null {
    return this.#prober.last;
  }

  /** Asks on every port who offers the Internet there; takes three seconds. */
  probe(): Promise<Probed> {
    return this.#prober.probe();
  }
}

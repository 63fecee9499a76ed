import { renderFirewall } from "./firewall.ts";
import { renderHostapd } from "./hostapd.ts";
import type { Network, RenderedFile } from "./network.ts";
import { renderNetworkd } from "./networkd.ts";
import { renderPpp } from "./ppp.ts";
import { renderSysctl, type Sysctl } from "./sysctl.ts";

/** Everything a configuration compiles to. */
export interface Rendered {
  /** The nft transaction of `table inet gatehouse`. */
  firewall: string;
  sysctl: Sysctl[];
  networkd: RenderedFile[];
  /** null: it is not known yet what the radios can do, and what runs goes on. */
  hostapd: RenderedFile[] | null;
  ppp: RenderedFile[];
}

export function render(network: Network): Rendered {
  return {
    firewall: renderFirewall(network),
    sysctl: renderSysctl(network),
    networkd: renderNetworkd(network),
    hostapd: network.accessPoints && renderHostapd(network.accessPoints, network.config.wifi.country),
    ppp: renderPpp(network),
  };
}

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
  hostapd: RenderedFile[];
  ppp: RenderedFile[];
}

export function render(network: Network): Rendered {
  return {
    firewall: renderFirewall(network),
    sysctl: renderSysctl(),
    networkd: renderNetworkd(network),
    hostapd: renderHostapd(network),
    ppp: renderPpp(network),
  };
}

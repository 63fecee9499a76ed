import type { Network } from "../../render/network.ts";
import { render } from "../../render/render.ts";

/**
 * Whether a device of the home may lose the router, or the router the Internet, when this machine turns from one network into the
 * other: links, addresses, ports, VLANs or radios differ, or whom the router's page is open to. What is left (names, rules between
 * networks, forwards, what is recorded) leaves every device its way to the router.
 */
export function mayCutOff(before: Network, after: Network): boolean {
  return JSON.stringify(ways(before)) !== JSON.stringify(ways(after));
}

function ways(network: Network): object {
  const { config, lans, radios } = network;
  const { firewall: _, sysctl: __, ...links } = render(network);
  // Wi-Fi as it is configured, too: what radios send now does not say what they will at another hour.
  return { links, wifi: radios.length > 0 && config.wifi, page: lans.map((lan) => lan.config.router) };
}

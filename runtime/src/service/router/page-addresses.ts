import type { IPv4 } from "../../addr/ipv4.ts";
import type { LanSide } from "../../render/network.ts";

/**
 * The addresses the router's page is served at, the first network's first: those of the networks that may open it. One that was served
 * `before` stays while its bridge is away for a moment; any other must be among those that are `ready`, or nobody could listen there.
 */
export function pageAddresses(
  lans: readonly LanSide[],
  ready: readonly LanSide[],
  before: readonly IPv4[],
): IPv4[] {
  return lans
    .filter((lan) => lan.config.router && (ready.includes(lan) || before.includes(lan.prefix.address)))
    .map(({ prefix }) => prefix.address);
}

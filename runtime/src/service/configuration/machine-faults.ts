import type { Fault } from "../../config/faults.ts";
import type { Network } from "../../render/network.ts";

/**
 * What a configuration asks that this machine cannot do. `present` is the network it is now: what is missing there already, such as a
 * machine that has no port yet, is no reason to refuse a change.
 */
export function machineFaults(present: Network, wanted: Network, ports: readonly string[]): Fault[] {
  if (!isReachable(present) || isReachable(wanted)) return [];
  const [{ config }] = wanted.lans;
  const named = [...(config.ports === "auto" ? [] : config.ports), ...config.tagged];
  return [
    {
      path: "lans.0.ports",
      message:
        named.length === 0
          ? `no port is left for ${config.name}, so nobody at home could reach the router`
          : `none of ${named.join(", ")} is on this machine, so nobody at home could reach the router`,
      fix: `name at least one of ${ports.join(", ")}, or turn Wi-Fi on for ${config.name}`,
    },
  ];
}

/** Whether a device can join the owner's network. */
function isReachable({ lans: [home], radios, config }: Network): boolean {
  if (home.ports.length + home.tagged.length > 0) return true;
  const isServed = config.wifi.networks.some(
    ({ enabled, passphrase, lan }) => enabled && passphrase !== null && lan === home.config.name,
  );
  return isServed && radios.length > 0;
}

import type { WanSource } from "./source.ts";
import type { Probed } from "./wan-model.ts";

const FOUND: Probed = {
  at: 1_700_000_000_000,
  ports: [
    { port: "eth0", carrier: true, use: "internet", dhcp: null, pppoe: { concentrator: "ac1" } },
    { port: "eth1", carrier: false, use: "home", dhcp: null, pppoe: null },
  ],
  suggestion: { port: "eth0", mode: "pppoe" },
};

/** One way without a cable; a probe finds a provider to sign in with. */
export function quietWan(): WanSource {
  let probed: Probed | null = null;
  return {
    ways: () => [
      {
        name: "internet",
        mode: "dhcp",
        port: "eth0",
        state: "no-cable",
        interface: "eth0",
        mac: "02:00:5e:00:00:99",
        address: null,
        gateway: null,
        dns: [],
        isUsed: true,
        fault: null,
      },
    ],
    probed: () => probed,
    probe: async () => {
      probed = FOUND;
      return FOUND;
    },
  };
}

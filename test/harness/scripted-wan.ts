import type { WanSource } from "@gatehouse/runtime/api/source.ts";
import type { Probed } from "@gatehouse/runtime/api/wan-model.ts";

const FOUND: Probed = {
  at: Date.UTC(2026, 10, 22, 20, 15),
  ports: [
    {
      port: "enp1s0",
      carrier: true,
      use: "internet",
      dhcp: null,
      pppoe: { concentrator: "ac3.provider.example" },
    },
    { port: "enp2s0", carrier: true, use: "home", dhcp: null, pppoe: null },
    { port: "enp3s0", carrier: false, use: "home", dhcp: null, pppoe: null },
    {
      port: "enp4s0",
      carrier: true,
      use: "nothing",
      dhcp: { server: "100.64.0.1", address: "100.64.12.7" },
      pppoe: null,
    },
  ],
  suggestion: { port: "enp1s0", mode: "pppoe" },
};

/** Two ways of which the first fails; a probe finds what the second port leads to, too. */
export function scriptedWan(): WanSource {
  let probed: Probed | null = null;
  return {
    ways: () => [
      {
        name: "fibre",
        mode: "pppoe",
        port: "enp1s0",
        state: "no-address",
        interface: "ppp-fibre",
        mac: null,
        address: null,
        gateway: null,
        dns: [],
        isUsed: false,
        fault: "fibre: the provider refused the user name or the password; correct them.",
      },
      {
        name: "mobile",
        mode: "dhcp",
        port: "enp4s0",
        state: "online",
        interface: "enp4s0",
        mac: "02:00:5e:10:00:04",
        address: "100.64.12.7/10",
        gateway: "100.64.0.1",
        dns: ["100.64.0.53"],
        isUsed: true,
        fault: null,
      },
    ],
    probed: () => probed,
    probe: async () => {
      await Bun.sleep(300);
      probed = FOUND;
      return FOUND;
    },
  };
}

import type { RouterSource } from "@gatehouse/runtime/api/source.ts";
import { parseConfig } from "@gatehouse/runtime/config/parse.ts";
import { reachOf } from "@gatehouse/runtime/config/reach.ts";

/** A home with a network for things, which the page's test looks at. */
const parsed = parseConfig({
  version: 2,
  lans: [{}, { name: "things", ports: [], vlan: 30, tagged: ["enp4s0"], router: false, isolated: true }],
  rules: [{ from: "home", to: "things" }],
});
if ("faults" in parsed) throw new Error(JSON.stringify(parsed.faults));
const { config } = parsed;

export function scriptedLan(devices: number): RouterSource["lan"] {
  return {
    list: () =>
      config.lans.map(({ name, vlan, tagged, internet, router, isolated }, i) => ({
        name,
        bridge: `br-${name}`,
        address: `192.168.${40 + i}.1/24`,
        firstLease: `192.168.${40 + i}.100`,
        lastLease: `192.168.${40 + i}.249`,
        ports: i === 0 ? ["enp2s0", "enp3s0", "enp4s0", "enp6s0"] : [],
        vlan,
        tagged,
        internet,
        router,
        isolated,
        devices: i === 0 ? devices : 0,
      })),
    reach: () => reachOf(config),
    pageAddresses: () => ["192.168.40.1"],
    wake: () => ["home"],
  };
}

import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseIPv4 } from "../addr/ipv4.ts";
import { parsePrefix } from "../addr/prefix.ts";
import { DEFAULT_POLICY } from "../nat/policy.ts";
import { TCP, UDP } from "../nat/transport.ts";
import { type NatRulesetInput, natRuleset, QUEUE_CHAINS } from "./nat.ts";

/** After a change that is meant, write them anew with `GOLDEN=write bun test runtime/src/render` and read the difference. */
const GOLDEN = join(import.meta.dir, "golden/nat");

const offload: NatRulesetInput = {
  wan: { interface: "wan0", address: parseIPv4("198.51.100.1")!, mtu: 1500 },
  lans: [{ interface: "br-lan", prefix: parsePrefix("192.168.77.1/24")! }],
  path: "offload",
  policy: DEFAULT_POLICY,
  queueRules: new Map(QUEUE_CHAINS.map((name, i) => [name, `queue to ${4700 + i}`])),
  flushBindings: false,
};
const host = parseIPv4("192.168.77.20")!;
const inputs: Record<string, NatRulesetInput> = {
  offload,
  inline: { ...offload, path: "inline" },
  "without-external-address": { ...offload, wan: null },
  "another-external-address": { ...offload, flushBindings: true },
  "two-networks": {
    ...offload,
    lans: [...offload.lans, { interface: "br-guest", prefix: parsePrefix("192.168.78.1/24")! }],
  },
  "short-packets": { ...offload, wan: { ...offload.wan!, mtu: 1492 } },
  policy: {
    ...offload,
    policy: {
      ...DEFAULT_POLICY,
      forwards: [
        { transport: TCP, externalPort: 80, address: host, port: 8080 },
        { transport: UDP, externalPort: 3074, address: host, port: 3074 },
        { transport: UDP, externalPort: 3075, address: host, port: 3075 },
        { transport: UDP, externalPort: 5000, address: host, port: 6000 },
        { transport: UDP, externalPort: 5001, address: host, port: 6001 },
      ],
      dmz: parseIPv4("192.168.77.30")!,
      mapped: [
        { external: parseIPv4("198.51.100.7")!, internal: parseIPv4("192.168.77.40")! },
        { external: parseIPv4("198.51.100.8")!, internal: parseIPv4("192.168.77.41")! },
      ],
      timers: { ...DEFAULT_POLICY.timers, udp: 120_000 },
    },
  },
};

for (const [name, input] of Object.entries(inputs)) {
  test(`the NAT's table, ${name}`, async () => {
    const text = natRuleset(input);
    const path = join(GOLDEN, `${name}.nft`);
    if (process.env.GOLDEN === "write") writeFileSync(path, text);
    expect(text).toBe(await Bun.file(path).text());
  });
}

test("bindings are given up only where that is asked for", () => {
  const flushing = Object.entries(inputs).filter(([, input]) =>
    /flush (?:set|map) ip gatehouse_nat bindings/.test(natRuleset(input)),
  );
  expect(flushing.map(([name]) => name)).toEqual(["another-external-address"]);
});

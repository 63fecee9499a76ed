import { expect, test } from "bun:test";
import { defaultConfig, parseConfig } from "../../config/parse.ts";
import type { RouteSnapshot } from "../../linux/netlink/route.ts";
import { planIpv6 } from "../../render/ipv6.ts";
import { Ipv6, type Ipv6Memory } from "./ipv6.ts";

const NOTHING: RouteSnapshot = {
  links: [],
  addresses: [],
  defaultRoutes: [],
  neighbours: [],
  bridgePorts: [],
  ipv6: { addresses: [], defaultRoutes: [], neighbours: [] },
};

test("the home's own prefix is made once and kept, and is one that the configuration takes", async () => {
  let kept: ReturnType<Ipv6Memory["ipv6"]>;
  const memory: Ipv6Memory = {
    ipv6: () => kept,
    keepIpv6: async (latest) => {
      kept = latest;
    },
  };
  const first = new Ipv6(memory);
  const side = planIpv6(defaultConfig, first.chosen(defaultConfig, NOTHING));
  await first.keep(side);
  const again = planIpv6(defaultConfig, new Ipv6(memory).chosen(defaultConfig, NOTHING));
  const others = planIpv6(
    defaultConfig,
    new Ipv6({ ...memory, ipv6: () => undefined }).chosen(defaultConfig, NOTHING),
  );
  expect([again, again?.ula === others?.ula]).toEqual([side, false]);
  expect(parseConfig({ version: 2, ipv6: { ula: side?.ula } })).toHaveProperty("config");
});

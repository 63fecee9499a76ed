import { expect, test } from "bun:test";
import { defaultConfig } from "../../config/parse.ts";
import { planNetwork } from "../../render/plan.ts";
import { routerStatus } from "./status.ts";

const surroundings = {
  links: [],
  prefixesOf: () => [],
  current: new Map(),
  provenWan: undefined,
  failing: new Set<string>(),
  accessPoints: () => null,
};

/** What the owner is told on a machine without ports whose newest configuration cannot be used. */
const noticesAt = (revision: number, reconcile: string[] = []) =>
  routerStatus({
    version: "0.1.0",
    uptime: 0,
    now: 0,
    config: defaultConfig,
    revision,
    snapshot: {
      links: [],
      addresses: [],
      defaultRoutes: [],
      neighbours: [],
      bridgePorts: [],
      ipv6: { addresses: [], defaultRoutes: [], neighbours: [] },
    },
    plan: planNetwork(defaultConfig, surroundings),
    upstreams: [],
    wanSince: null,
    nat: { state: "stopped", path: "offload", bindings: 0, drops: 0 },
    radios: [],
    trial: null,
    faults: {
      configuration: ["Revision 7 cannot be used."],
      trial: "",
      nat: [],
      apply: [],
      wan: [],
      traffic: [],
      reconcile,
    },
  }).notices;

test("a configuration that cannot be used is told first, with what is used in its place", () => {
  expect([noticesAt(6)[0], noticesAt(0)[0]]).toEqual([
    {
      id: "configuration-0",
      severity: "error",
      text: "Revision 7 cannot be used.",
      hint: "Revision 6 is in use.",
    },
    {
      id: "configuration-0",
      severity: "error",
      text: "Revision 7 cannot be used.",
      hint: "The defaults are in use.",
    },
  ]);
});

test("a router that cannot do what it is told says so, and not in the log alone", () => {
  const texts = noticesAt(6, ["The router does not run as configured: applying the firewall: no nft."]).map(
    ({ severity, text }) => [severity, text],
  );
  expect(texts).toContainEqual([
    "error",
    "The router does not run as configured: applying the firewall: no nft.",
  ]);
});

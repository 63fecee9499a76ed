import { expect, test } from "bun:test";
import { defaultConfig } from "../../config/parse.ts";
import { planNetwork } from "../../render/plan.ts";
import type { AccessPoint, RadioPlan } from "../../render/wifi/radios.ts";
import { routerStatus, wifiStatus } from "./status.ts";

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

test("the Wi-Fi's state is said in words, also of radios that cannot do what is asked", () => {
  const idle = { radio: "wlan0", accessPoint: undefined, isAble: true, notes: [] };
  const unable = { ...idle, isAble: false, notes: ["wlan0 has no 6 GHz: choose 2.4 GHz for it."] };
  const serving = { ...idle, radio: "wlan1", accessPoint: {} as AccessPoint };
  const asked = { enabled: true, name: "Home", passphrase: "correct horse", runs: () => true };
  const told = (...radios: RadioPlan[]) => {
    const { state, radio, explanation } = wifiStatus({ ...asked, radios });
    return [state, radio, explanation];
  };
  expect([told(), told(idle), told(unable), told(unable, serving)]).toEqual([
    ["no-radio", null, "No Wi-Fi radio was found; the router works by cable."],
    ["off", "wlan0", "Wi-Fi is off at this hour, or its radios are switched off."],
    ["failed", "wlan0", "wlan0 has no 6 GHz: choose 2.4 GHz for it."],
    ["on", "wlan1", "Devices can join Home."],
  ]);
});

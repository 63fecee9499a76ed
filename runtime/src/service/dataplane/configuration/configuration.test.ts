import { expect, test } from "bun:test";
import { DEFAULT_POLICY } from "../../../nat/policy.ts";
import { checked, type DataplaneConfig, Request } from "../protocol.ts";
import { parseConfiguration } from "./configuration.ts";

const wan = { interface: "wan0", address: "198.51.100.1" };
const lan = { interface: "br-lan", address: "192.168.77.1/24" };
const base: DataplaneConfig = { wan, lans: [lan], path: "offload" };

/** The fields at fault. */
const faultsOf = (config: Partial<DataplaneConfig>) => {
  const result = parseConfiguration({ ...base, ...config });
  return Array.isArray(result) ? result.map(({ field }) => field) : [];
};
const forward = (rest: Partial<NonNullable<DataplaneConfig["forwards"]>[number]> = {}) => ({
  ...({ protocol: "tcp", first: 80, last: 80, address: "192.168.77.20", port: 80 } as const),
  ...rest,
});

test("addresses are understood; what is not said is the engine's default", () => {
  expect(parseConfiguration({ wan, lans: [lan], path: "inline" })).toEqual({
    wan: { interface: "wan0", address: 0xc6336401, mtu: 1500 },
    lans: [{ interface: "br-lan", prefix: { address: 0xc0a84d01, length: 24 } }],
    path: "inline",
    policy: DEFAULT_POLICY,
    byRules: new Set(),
  });
});

test("a policy is understood: ranges port by port, seconds as milliseconds", () => {
  const config: DataplaneConfig = {
    ...base,
    wan: { ...wan, mtu: 1492 },
    timers: { udp: 120, association: 0.5 },
    hostLimit: 100,
    filtering: { default: "address", hosts: [{ address: "192.168.77.30", filtering: "address-and-port" }] },
    forwards: [forward({ protocol: "both", first: 5000, last: 5001, port: 6000 })],
    dmz: "192.168.77.40",
    mapped: [{ external: "198.51.100.7", internal: "192.168.77.50" }],
    byRules: ["192.168.77.60"],
  };
  const to = { address: 0xc0a84d14 };
  expect(parseConfiguration(config)).toMatchObject({
    wan: { mtu: 1492 },
    policy: {
      timers: { ...DEFAULT_POLICY.timers, udp: 120_000, association: 500 },
      hostLimit: 100,
      defaultFiltering: 1,
      filtering: new Map([[0xc0a84d1e, 2]]),
      forwards: [
        { transport: 0, externalPort: 5000, port: 6000, ...to },
        { transport: 0, externalPort: 5001, port: 6001, ...to },
        { transport: 1, externalPort: 5000, port: 6000, ...to },
        { transport: 1, externalPort: 5001, port: 6001, ...to },
      ],
      dmz: 0xc0a84d28,
      mapped: [{ external: 0xc6336407, internal: 0xc0a84d32 }],
    },
    byRules: new Set([0xc0a84d3c]),
  });
});

test("every fault is told at once, with its field", () => {
  expect(
    faultsOf({
      wan: { interface: "wan0", address: "224.0.0.1", mtu: 575 },
      lans: [{ interface: "br-lan", address: "192.168.77.1" }],
      timers: { udp: 0, icmpQuery: 1e9 },
      hostLimit: 0.5,
      filtering: { default: "open", hosts: [{ address: "host", filtering: "address" }] },
      forwards: [forward({ first: 0, port: 65536 })],
      dmz: "192.168.77.9",
      mapped: [{ external: "0.0.0.0", internal: "host" }],
      byRules: ["host"],
    }),
  ).toEqual([
    "lans.0.address",
    "wan.address",
    "wan.mtu",
    "forwards.0.address",
    "forwards.0.first",
    "forwards.0.port",
    "dmz",
    "mapped.0.external",
    "mapped.0.internal",
    "filtering.hosts.0.address",
    "hostLimit",
    "timers.udp",
    "timers.icmpQuery",
    "byRules.0",
  ]);
});

test("networks that clash are refused", () => {
  const lans = [
    lan,
    { interface: "wan0", address: "192.168.0.1/16" },
    { interface: "x", address: "198.51.100.9/24" },
  ];
  expect(faultsOf({ lans })).toEqual(["lans.1.address", "lans.1.interface", "lans.2.address"]);
});

test("forwards that cannot be are refused", () => {
  const rows: [Partial<ReturnType<typeof forward>>, string[]][] = [
    [{ first: 90, last: 89 }, ["forwards.1.last"]],
    [{ first: 1000, last: 1001, port: 65535 }, ["forwards.1.port"]],
    [{ first: 70, last: 90, port: 1 }, ["forwards.1.first"]],
    [{ first: 81, last: 81 }, ["forwards.1.port"]],
    [{ first: 81, last: 82, port: 79 }, ["forwards.1.port"]],
    [{ protocol: "both", first: 80, last: 80 }, ["forwards.1.first", "forwards.1.port"]],
    [{ protocol: "udp", first: 80, last: 80 }, []],
    [{ first: 81, last: 81, address: "192.168.77.21" }, []],
    [{ protocol: "both", first: 67, last: 67, port: 67 }, ["forwards.1.first"]],
    [{ first: 67, last: 68, port: 67 }, []],
    [{ protocol: "both", first: 53, last: 53, port: 53 }, []],
    [{ first: 10_000, last: 10_240, port: 10_000 }, ["forwards.1.first"]],
    [{ first: 15_359, last: 15_400, port: 9000 }, ["forwards.1.first"]],
    [{ protocol: "both", first: 20_000, last: 24_999, port: 30_000 }, []],
    [{ protocol: "both", first: 20_000, last: 25_000, port: 30_000 }, ["forwards.1.port"]],
    [{ protocol: "both", first: 20_000, last: 65_535, port: 20_000 }, []],
    [{ first: 81, last: 81, port: 81, address: "192.168.77.1" }, ["forwards.1.address"]],
    [{ first: 81, last: 81, port: 81, address: "192.168.77.255" }, ["forwards.1.address"]],
    [{ first: 81, last: 81, port: 81, address: "192.168.78.20" }, ["forwards.1.address"]],
  ];
  for (const [second, faults] of rows) {
    expect([second, faultsOf({ forwards: [forward(), forward(second)] })]).toEqual([second, faults]);
  }
});

test("a mapped address is nobody else's", () => {
  const mapped = [
    { external: "198.51.100.7", internal: "192.168.77.50" },
    { external: "198.51.100.7", internal: "192.168.77.51" },
    { external: "198.51.100.8", internal: "192.168.77.50" },
    { external: "198.51.100.1", internal: "192.168.77.52" },
    { external: "192.168.77.60", internal: "198.51.100.9" },
  ];
  expect(faultsOf({ mapped, dmz: "192.168.77.51" })).toEqual([
    "dmz",
    "mapped.4.internal",
    "mapped.1.external",
    "mapped.2.internal",
    "mapped.3.external",
    "mapped.4.external",
  ]);
});

test("of two filterings of one address the stricter holds", () => {
  const host = (filtering: "open" | "address") => ({ address: "192.168.77.30", filtering });
  const result = parseConfiguration({
    ...base,
    filtering: { default: "open", hosts: [host("address"), host("open")] },
  });
  expect(result).toMatchObject({ policy: { filtering: new Map([[0xc0a84d1e, 1]]) } });
});

test("an interface name that would mean something else in the ruleset is refused", () => {
  for (const name of ["", 'a"b', "a b", "a/b", "eth*", "sixteen-letters-"]) {
    const request = {
      type: "configure",
      config: { wan: { ...wan, interface: name }, lans: [], path: "offload" },
    };
    expect(checked(Request, request).ok).toBe(false);
  }
});

import { expect, test } from "bun:test";
import { parseConfiguration } from "./configuration.ts";
import { checked, Request } from "./protocol.ts";

const wan = { interface: "wan0", address: "198.51.100.1" };
const lan = { interface: "br-lan", address: "192.168.77.1/24" };

test("addresses are understood", () => {
  expect(parseConfiguration({ wan, lans: [lan], path: "inline" })).toEqual({
    wan: { interface: "wan0", address: 0xc6336401 },
    lans: [{ interface: "br-lan", prefix: { address: 0xc0a84d01, length: 24 } }],
    path: "inline",
  });
});

test("every fault is told at once, with its field", () => {
  const config = {
    wan: { interface: "wan0", address: "224.0.0.1" },
    lans: [{ interface: "br-lan", address: "192.168.77.1" }],
    path: "offload" as const,
  };
  expect(parseConfiguration(config)).toMatchObject([{ field: "lans.0.address" }, { field: "wan.address" }]);
});

test("networks that clash are refused", () => {
  const lans = [
    lan,
    { interface: "wan0", address: "192.168.0.1/16" },
    { interface: "x", address: "198.51.100.9/24" },
  ];
  expect(parseConfiguration({ wan, lans, path: "offload" })).toMatchObject([
    { field: "lans.1.address" },
    { field: "lans.1.interface" },
    { field: "lans.2.address" },
  ]);
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

import { expect, test } from "bun:test";
import { parseIPv4 } from "../../addr/ipv4.ts";
import { parseMac } from "../../addr/mac.ts";
import { parsePrefix } from "../../addr/prefix.ts";
import { parseConfig } from "../../config/parse.ts";
import { translationConfig } from "./translation-config.ts";

function configured(nat: object, traffic: object) {
  const parsed = parseConfig({ version: 2, nat, traffic });
  if ("faults" in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.config;
}

test("hosts are told by address, counted in the network that was chosen, and what is to be recorded in bytes", () => {
  const nat = {
    filtering: "address",
    devices: [
      { mac: "02:00:5e:10:00:01", filtering: "open" },
      { mac: "02:00:5e:10:00:02", filtering: "open" },
    ],
    forwards: [
      { external: 443, protocol: "tcp", to: 20 },
      { external: "8000-8010", to: 21, port: 9000 },
    ],
    dmz: 30,
    mapped: [{ external: "203.0.113.9", to: 40 }],
  };
  const traffic = { notRecorded: ["02-00-5E-10-00-03"], captureMegabytes: 2, captureTotalMegabytes: 80 };
  const config = configured(nat, traffic);
  const site = {
    config,
    lans: [{ bridge: "br-home", prefix: parsePrefix("10.77.77.1/24")! }] as const,
    wan: { interface: "enp1s0", address: parseIPv4("198.51.100.7")!, mtu: 1492 },
    addresses: new Map([[parseMac("02:00:5e:10:00:02")!, "10.77.77.102"]]),
    byRules: ["10.77.77.103"],
  };
  expect(translationConfig(site)).toEqual({
    wan: { interface: "enp1s0", address: "198.51.100.7", mtu: 1492 },
    lans: [{ interface: "br-home", address: "10.77.77.1/24" }],
    path: "offload",
    timers: { udp: 300, tcpEstablished: 7440, tcpTransitory: 240, icmpQuery: 60 },
    hostLimit: 16_384,
    filtering: { default: "address", hosts: [{ address: "10.77.77.102", filtering: "open" }] },
    forwards: [
      { protocol: "tcp", first: 443, last: 443, address: "10.77.77.20", port: 443 },
      { protocol: "both", first: 8000, last: 8010, address: "10.77.77.21", port: 9000 },
    ],
    dmz: "10.77.77.30",
    mapped: [{ external: "203.0.113.9", internal: "10.77.77.40" }],
    byRules: ["10.77.77.103"],
    recording: {
      notRecorded: ["02:00:5e:10:00:03"],
      captureBytes: 2_000_000,
      captureTotalBytes: 80_000_000,
    },
  });
});

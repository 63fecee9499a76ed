import { expect, test } from "bun:test";
import { parseConfig } from "./parse.ts";
import { reachOf } from "./reach.ts";

test("rules between networks read as sentences", () => {
  const parsed = parseConfig({
    version: 2,
    lans: [
      {},
      { name: "things", ports: [], vlan: 30, tagged: ["eth1"], internet: false },
      { name: "guest", ports: [], vlan: 20, tagged: ["eth1"], router: false },
    ],
    rules: [
      { from: "home", to: "things" },
      { from: "home", to: "things", protocol: "tcp", ports: 80 },
      { from: "guest", to: "things", host: 20, protocol: "tcp", ports: 631 },
      { from: "guest", to: "things", protocol: "udp", ports: "5000-5010" },
      { from: "guest", to: "things", protocol: "udp" },
    ],
  });
  const reach = "config" in parsed ? reachOf(parsed.config) : [];
  expect(reach.map(({ verdict, sentences }) => `${verdict}: ${sentences.join(" ")}`)).toEqual([
    "all: Devices in home may reach the Internet.",
    "all: Devices in home may reach the router's page.",
    "all: Devices in home may reach things.",
    "none: Devices in home may not reach guest.",
    "none: Devices in things may not reach the Internet.",
    "all: Devices in things may reach the router's page.",
    "none: Devices in things may not reach home.",
    "none: Devices in things may not reach guest.",
    "all: Devices in guest may reach the Internet.",
    "none: Devices in guest may not reach the router's page.",
    "none: Devices in guest may not reach home.",
    "some: Devices in guest may reach 20 in things on TCP port 631. Devices in guest may reach things on UDP ports 5000 to 5010. Devices in guest may reach things over UDP.",
  ]);
});

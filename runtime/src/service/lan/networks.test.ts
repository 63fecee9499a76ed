import { expect, test } from "bun:test";
import { parseMac } from "../../addr/mac.ts";
import { configOf, networkWith } from "../../render/network.fixture.ts";
import { HomeNetworks } from "./networks.ts";

const MAC = parseMac("02:00:5e:10:00:01")!;
const config = configOf({
  lans: [{}, { name: "things", ports: [], vlan: 30, tagged: ["eth1"], internet: false, router: false }],
});
const [home] = networkWith({ config, ports: ["eth1"] }).lans;
const network = {
  ...networkWith({ config }),
  lans: [home, { ...home, config: config.lans[1]!, bridge: "br-things" }] as never,
};

function networks(last: string | null, send: (bridge: string) => void = () => {}) {
  const devices = () => [{ mac: MAC, network: last, connected: true }];
  return new HomeNetworks({ network: () => network, devices, send });
}

test("a network is told with the addresses it hands out and the devices in it", () => {
  expect(networks("home").list()[0]).toEqual({
    name: "home",
    bridge: "br-home",
    address: "192.168.77.1/24",
    firstLease: "192.168.77.100",
    lastLease: "192.168.77.249",
    ports: ["eth1"],
    vlan: null,
    tagged: [],
    internet: true,
    router: true,
    isolated: false,
    devices: 1,
  });
  expect(
    networks("home")
      .list()
      .map(({ devices }) => devices),
  ).toEqual([1, 0]);
  expect(networks("home").reach()).toHaveLength(6);
  expect(networks("home").pageAddresses()).toEqual(["192.168.77.1"]);
});

test("a device is woken where it was last, or everywhere, and it is said when that failed", () => {
  const sent: string[] = [];
  const send = (bridge: string) => void sent.push(bridge);
  expect([networks("things", send).wake(MAC), networks(null, send).wake(MAC), sent]).toEqual([
    ["things"],
    ["home", "things"],
    ["br-things", "br-home", "br-things"],
  ]);
  const fails = networks("home", () => {
    throw new Error("ENETDOWN");
  });
  expect(() => fails.wake(MAC)).toThrow("ENETDOWN");
});

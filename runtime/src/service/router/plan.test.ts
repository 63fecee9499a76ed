import { expect, test } from "bun:test";
import { formatIPv4, parseIPv4 } from "../../addr/ipv4.ts";
import type { Mac } from "../../addr/mac.ts";
import { formatPrefix, parsePrefix } from "../../addr/prefix.ts";
import { defaultConfig } from "../../config/parse.ts";
import type { Link } from "../../config/ports.ts";
import { dhcpSettings, dnsOptions, hostsOf, planNetwork, upstreams } from "./plan.ts";

const LINKS: Link[] = ["enp1s0", "enp2s0", "enp3s0"].map((name) => ({ name, medium: "ethernet" }));
const surroundings = (wan: string[], current?: string) => ({
  links: LINKS,
  wanPrefixes: () => wan.map((text) => parsePrefix(text)!),
  current: current === undefined ? undefined : parsePrefix(current),
  provenWan: undefined,
});

test("the first port is the WAN, the others are the home, whose network keeps clear of the provider's", () => {
  const { network, notes, clash } = planNetwork(defaultConfig, surroundings(["198.51.100.7/24"]));
  expect({ ...network, config: undefined, prefix: formatPrefix(network.prefix), notes, clash }).toEqual({
    config: undefined,
    wan: "enp1s0",
    lan: ["enp2s0", "enp3s0"],
    idle: [],
    radios: [],
    prefix: "192.168.77.1/24",
    notes: [],
    clash: null,
  });
});

test("the home moves once when the provider turns out to use its network, and then stays", () => {
  const moved = planNetwork(defaultConfig, surroundings(["192.168.0.0/16"], "192.168.77.1/24"));
  const stays = planNetwork(
    defaultConfig,
    surroundings(["192.168.0.0/16"], formatPrefix(moved.network.prefix)),
  );
  expect([
    formatPrefix(moved.network.prefix),
    moved.moved,
    formatPrefix(stays.network.prefix),
    stays.moved,
    [moved.clash, stays.clash],
  ]).toEqual([
    "10.77.77.1/24",
    "The provider uses the network the home had; the home moved to 10.77.77.0/24.",
    "10.77.77.1/24",
    null,
    [null, null],
  ]);
});

test("a provider whose network covers every choice does not move the home", () => {
  const { network, clash } = planNetwork(defaultConfig, surroundings(["10.0.0.1/0"], "10.77.77.1/24"));
  expect([formatPrefix(network.prefix), clash]).toEqual([
    "10.77.77.1/24",
    "The provider uses the home's network 10.77.77.0/24 too, so the Internet cannot be reached; choose another network for the home.",
  ]);
});

test("a network the owner fixed is kept, and a clash is said", () => {
  const config = { ...defaultConfig, lan: { ...defaultConfig.lan, address: "192.168.1.1/24" } };
  const { network, clash } = planNetwork(config, surroundings(["192.168.1.20/24"]));
  expect([formatPrefix(network.prefix), clash]).toEqual([
    "192.168.1.1/24",
    "The provider uses the home's network 192.168.1.0/24 too, so the Internet cannot be reached; choose another network for the home.",
  ]);
});

test("devices get addresses of the home's network and the router as name server", () => {
  const { network } = planNetwork(defaultConfig, surroundings([]));
  const settings = dhcpSettings(network);
  expect([settings.interface, ...[settings.first, settings.last, ...settings.dns].map(formatIPv4)]).toEqual([
    "br-lan",
    "192.168.77.100",
    "192.168.77.249",
    "192.168.77.1",
  ]);
});

test("names are answered at home and to the router's own programs, and nowhere else", () => {
  const { network } = planNetwork(defaultConfig, surroundings(["198.51.100.7/24"]));
  expect(dnsOptions(network, []).listen.map(formatIPv4)).toEqual(["192.168.77.1", "127.0.0.1"]);
});

test("a name its owner gave is that device's alone, however its hardware address is written", () => {
  const { dhcp } = defaultConfig.lan;
  const reservations = [{ mac: "02-00-5E-10-00-01", address: 20, name: "nas" }];
  const config = { ...defaultConfig, lan: { ...defaultConfig.lan, dhcp: { ...dhcp, reservations } } };
  const lease = (last: number, hostName: string) => ({
    mac: `02:00:5e:10:00:0${last}` as Mac,
    address: parseIPv4(`192.168.77.${last}`)!,
    hostName,
  });
  const asked = [lease(3, "NAS"), lease(2, "laptop"), lease(1, "synology"), lease(4, "")];
  expect(hostsOf(config, asked).map(({ name, address }) => [name, formatIPv4(address)])).toEqual([
    ["laptop", "192.168.77.2"],
    ["nas", "192.168.77.1"],
  ]);
});

test("names are asked of the provider unless the owner chose somebody else", () => {
  const provided = [parseIPv4("198.51.100.53")!];
  const chosen = { ...defaultConfig, dns: { upstreams: ["203.0.113.53"] } };
  expect([upstreams(defaultConfig, provided), upstreams(chosen, provided)]).toEqual([
    provided,
    [parseIPv4("203.0.113.53")!],
  ]);
});

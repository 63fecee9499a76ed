import { expect, test } from "bun:test";
import { formatIPv4, parseIPv4 } from "../../addr/ipv4.ts";
import type { Mac } from "../../addr/mac.ts";
import { formatPrefix, parsePrefix } from "../../addr/prefix.ts";
import { defaultConfig } from "../../config/parse.ts";
import { configOf, networkWith } from "../../render/network.fixture.ts";
import { dhcpSettings, dnsOptions, hostsOf, upstreams } from "./lan-settings.ts";

test("devices get addresses of the home's network and the router as name server", () => {
  const network = networkWith({ config: defaultConfig });
  const settings = dhcpSettings(network.lans[0], "lan");
  expect([settings.interface, ...[settings.first, settings.last, ...settings.dns].map(formatIPv4)]).toEqual([
    "br-home",
    "192.168.77.100",
    "192.168.77.249",
    "192.168.77.1",
  ]);
});

test("names are answered at home and to the router's own programs, and nowhere else", () => {
  const network = networkWith({ config: defaultConfig });
  expect(dnsOptions(network, []).listen.map(formatIPv4)).toEqual(["192.168.77.1", "127.0.0.1"]);
});

test("devices are told the names of those they may reach", () => {
  const config = configOf({
    lans: [
      {},
      { name: "things", address: "192.168.78.1/24", ports: [] },
      { name: "guest", address: "192.168.79.1/24", ports: [], isolated: true },
    ],
    rules: [
      { from: "home", to: "things" },
      { from: "things", to: "home", host: 20 },
    ],
  });
  const [home] = networkWith({ config }).lans;
  const side = (i: number, prefix: string) => ({
    ...home,
    config: config.lans[i]!,
    prefix: parsePrefix(prefix)!,
  });
  const lans = [home, side(1, "192.168.78.1/24"), side(2, "192.168.79.1/24")] as const;
  const options = dnsOptions({ ...networkWith({ config }), lans: lans as never }, []);
  expect(options.lan.map(({ sees }) => sees?.map(formatPrefix))).toEqual([
    ["192.168.77.1/24", "192.168.78.1/24"],
    ["192.168.78.1/24", "192.168.77.20/32"],
    [],
  ]);
});

test("a name its owner gave is that device's alone, however its hardware address is written", () => {
  const reservations = [{ mac: "02-00-5E-10-00-01", address: 20, name: "nas" }];
  const config = configOf({ lans: [{ dhcp: { reservations } }] });
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

import { type Network, type RenderedFile, taggedInterface, type WanSide, wanEthernet } from "./network.ts";
import { FORWARDING, LINK, ONE_OF_SEVERAL, type Section, unit, WITHOUT_IPV6 } from "./networkd-unit.ts";

/** PPPoE's header with PPP's (RFC 2516, 7). */
const PPPOE_OVERHEAD = 8;
const ETHERNET_MTU = 1500;

/** The units of the ways to the Internet. */
export function wanUnits(network: Network): RenderedFile[] {
  return network.wans.flatMap((wan) => [
    ...(wan.config.vlan === null ? [] : [vlan(wan, wan.config.vlan)]),
    ethernet(wan, network),
    ...(wan.config.mode === "pppoe" ? [ppp(wan, network.config)] : []),
  ]);
}

function vlan({ config, port }: WanSide, id: number): RenderedFile {
  const name = wanEthernet(config, port);
  return unit(`${name}.netdev`, [
    ["NetDev", { Name: name, Kind: "vlan" }],
    ["VLAN", { Id: `${id}` }],
  ]);
}

function ethernet(wan: WanSide, { lans, config }: Network): RenderedFile {
  const { mode, name, vlan } = wan.config;
  // Networks of the home that share the port, tagged.
  const vlans = lans
    .filter(({ tagged }) => vlan === null && tagged.includes(wan.port))
    .map((lan) => taggedInterface(lan.config, lan.config.tagged.indexOf(wan.port)));
  const common = {
    ...(vlans.length > 0 && { VLAN: vlans }),
    LLDP: "no",
    ...WITHOUT_IPV6,
    ...forwarding(config),
  };
  return unit(`wan-${name}.network`, [
    ["Match", { Name: wanEthernet(wan.config, wan.port) }],
    link(wan),
    ...{ dhcp, static: fixed, pppoe: none }[mode](wan, common),
    // So that the provider's router finds them here; the NAT leads on what arrives for them.
    ...config.nat.mapped
      .filter(() => config.wans[0] === wan.config)
      .map(({ external }): Section => ["Address", { Address: `${external}/32` }]),
  ]);
}

function link({ config: { mac, mtu, mode } }: WanSide): Section {
  const own = mode === "pppoe" && mtu !== "auto" ? mtu + PPPOE_OVERHEAD : mtu;
  const bytes = mode === "pppoe" && own !== "auto" && own <= ETHERNET_MTU ? "auto" : own;
  return [
    "Link",
    {
      ...LINK[1],
      ...(mac !== null && { MACAddress: mac.replaceAll("-", ":") }),
      ...(bytes !== "auto" && { MTUBytes: `${bytes}` }),
    },
  ];
}

type Common = Section[1];

function forwarding({ wans }: Network["config"]): Common {
  return wans.length > 1 ? ONE_OF_SEVERAL : FORWARDING;
}

function dhcp({ metric }: WanSide, common: Common): Section[] {
  return [
    [
      "Network",
      {
        DHCP: "ipv4",
        // While networkd is down or being updated the connections keep their address. Not "dynamic", which would
        // keep it beyond its lease (RFC 2131, 4.4.5).
        KeepConfiguration: "dynamic-on-stop",
        ...common,
      },
    ],
    [
      "DHCPv4",
      {
        // Providers bind a line to the MAC address, and the address survives a new installation.
        ClientIdentifier: "mac",
        // The home's name is none of the provider's business.
        SendHostname: "no",
        UseHostname: "no",
        UseDomains: "no",
        // Not for the host, which resolves through itself: networkd notes them in its link state, where they are read.
        UseDNS: "yes",
        UseNTP: "yes",
        // A host route to a server the provider names could lead an address of the home out of it.
        RoutesToDNS: "no",
        RoutesToNTP: "no",
        RouteMetric: `${metric}`,
      },
    ],
  ];
}

function fixed({ config: { static: own }, metric }: WanSide, common: Common): Section[] {
  const { address, gateway, dns } = own;
  return [
    ["Network", { Address: address ?? [], DNS: dns, ...common }],
    ...(gateway === null
      ? []
      : [
          // Behind a point-to-point line the provider's router is in no network of ours.
          ["Route", { Gateway: gateway, GatewayOnLink: "yes", Metric: `${metric}` }] satisfies Section,
        ]),
  ];
}

/** Only PPPoE's frames pass. */
function none(_: WanSide, common: Common): Section[] {
  return [["Network", common]];
}

/** pppd gives the link its addresses and its name servers; networkd the route out. */
function ppp({ config: { name }, metric }: WanSide, config: Network["config"]): RenderedFile {
  return unit(`ppp-${name}.network`, [
    ["Match", { Name: `ppp-${name}` }],
    LINK,
    ["Network", { KeepConfiguration: "yes", LLDP: "no", ...WITHOUT_IPV6, ...forwarding(config) }],
    ["Route", { Destination: "0.0.0.0/0", Scope: "link", Metric: `${metric}` }],
  ]);
}

import { type Network, type RenderedFile, taggedInterface, type WanSide, wanEthernet } from "./network.ts";
import { ethernetIpv6, type Ipv6Part, wanIpv6 } from "./networkd-ipv6.ts";
import { FORWARDING, LINK, ONE_OF_SEVERAL, type Section, unit, WITHOUT_IPV6 } from "./networkd-unit.ts";
import { PPPOE_OVERHEAD } from "./ppp.ts";

const ETHERNET_MTU = 1500;

/** The units of the ways to the Internet. */
export function wanUnits(network: Network): RenderedFile[] {
  return network.wans.flatMap((wan) => [
    ...(wan.config.vlan === null ? [] : [vlan(wan, wan.config.vlan)]),
    ethernet(wan, network),
    ...(wan.config.mode === "pppoe" ? [ppp(wan, network.config, wanIpv6(wan, network))] : []),
  ]);
}

function vlan({ config, port }: WanSide, id: number): RenderedFile {
  const name = wanEthernet(config, port);
  return unit(`${name}.netdev`, [
    ["NetDev", { Name: name, Kind: "vlan" }],
    ["VLAN", { Id: `${id}` }],
  ]);
}

function ethernet(wan: WanSide, network: Network): RenderedFile {
  const { config } = network;
  const { mode, name, vlan } = wan.config;
  const ipv6 = ethernetIpv6(wan, network);
  const vlans = vlan === null ? vlansOn(wan.port, network) : [];
  const common = {
    ...(vlans.length > 0 && { VLAN: vlans }),
    LLDP: "no",
    ...WITHOUT_IPV6,
    ...forwarding(config),
    ...ipv6.network,
  };
  return unit(`wan-${name}.network`, [
    ["Match", { Name: wanEthernet(wan.config, wan.port) }],
    link(wan, vlan === null ? portMtu(wan.port, network.wans) : ethernetMtu(wan.config)),
    ...{ dhcp, static: fixed, pppoe: none }[mode](wan, common),
    ...ipv6.sections,
    // So that the provider's router finds them here; the NAT leads on what arrives for them.
    ...config.nat.mapped
      .filter(() => config.wans[0] === wan.config)
      .map(({ external }): Section => ["Address", { Address: `${external}/32` }]),
  ]);
}

/** Networks of the home and other ways out that share the port, tagged. */
function vlansOn(port: string, { lans, wans }: Network): string[] {
  return [
    ...lans
      .filter(({ tagged }) => tagged.includes(port))
      .map(({ config }) => taggedInterface(config, config.tagged.indexOf(port))),
    ...wans
      .filter(({ config, port: other }) => config.vlan !== null && other === port)
      .map(({ config }) => wanEthernet(config, port)),
  ];
}

/** The longest packet that Ethernet has to carry for a way out, in bytes; undefined: what it carries by itself. */
function ethernetMtu({ mtu, mode }: WanSide["config"]): number | undefined {
  if (mtu === "auto") return undefined;
  if (mode !== "pppoe") return mtu;
  const whole = mtu + PPPOE_OVERHEAD;
  return whole <= ETHERNET_MTU ? undefined : whole;
}

/** The same for a port: a VLAN's packets are no longer than its port's (the tag does not count). */
export function portMtu(port: string, wans: readonly WanSide[]): number | undefined {
  const here = wans.filter((wan) => wan.port === port);
  const untagged = here.find(({ config }) => config.vlan === null);
  const own = untagged && ethernetMtu(untagged.config);
  const tagged = here.filter((wan) => wan !== untagged).map(({ config }) => ethernetMtu(config) ?? 0);
  const most = Math.max(0, ...tagged);
  return most > (own ?? ETHERNET_MTU) ? most : own;
}

function link({ mac }: WanSide, mtu: number | undefined): Section {
  return [
    "Link",
    {
      ...LINK[1],
      ...(mac !== undefined && { MACAddress: mac.replaceAll("-", ":") }),
      ...(mtu !== undefined && { MTUBytes: `${mtu}` }),
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
function ppp({ config: { name }, metric }: WanSide, config: Network["config"], ipv6: Ipv6Part): RenderedFile {
  return unit(`ppp-${name}.network`, [
    ["Match", { Name: `ppp-${name}` }],
    LINK,
    [
      "Network",
      { KeepConfiguration: "yes", LLDP: "no", ...WITHOUT_IPV6, ...forwarding(config), ...ipv6.network },
    ],
    ...ipv6.sections,
    ["Route", { Destination: "0.0.0.0/0", Scope: "link", Metric: `${metric}` }],
  ]);
}

import { type Network, type RenderedFile, taggedInterface, type WanSide, wanEthernet } from "./network.ts";
import { ethernetIpv6, type Ipv6Part, wanIpv6 } from "./networkd-ipv6.ts";
import { FORWARDING, LINK, ONE_OF_SEVERAL, type Section, unit, WITHOUT_IPV6 } from "./networkd-unit.ts";
import { PPPOE_OVERHEAD } from "./ppp.ts";
import { uploadQueue } from "./shaping.ts";

const ETHERNET_MTU = 1500;

/** The units of the ways to the Internet. */
export function wanUnits(network: Network): RenderedFile[] {
  return network.wans
    .flatMap((wan) => [
      ...(wan.config.vlan === null ? [] : [vlan(wan, wan.config.vlan)]),
      ethernet(wan, network),
      ...(wan.config.mode === "pppoe" ? [ppp(wan, network.config, wanIpv6(wan, network))] : []),
    ])
    .concat(
      network.wan !== undefined && isOneOfSeveral(network.config) ? [choice(network.wan, network)] : [],
    );
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
    ...{ dhcp, static: fixed, pppoe: none }[mode](wan, common, config),
    ...ipv6.sections,
    ...(mode === "pppoe" ? [] : uploadQueue(wan)),
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

function forwarding(config: Network["config"]): Common {
  return isOneOfSeveral(config) ? ONE_OF_SEVERAL : FORWARDING;
}

function isOneOfSeveral({ wans }: Network["config"]): boolean {
  return wans.length > 1;
}

/**
 * Which way out is used. A unit of its own, on the link that has nothing to lose: networkd sets up anew every link whose unit
 * has changed, which would end a DHCP client's lease in the moment the way is needed.
 */
function choice({ table }: WanSide, { ipv6 }: Network): RenderedFile {
  const family = ipv6 === undefined ? "ipv4" : "both";
  return unit("way-out.network", [
    ["Match", { Name: "lo" }],
    ["Network", { KeepConfiguration: "yes", ...WITHOUT_IPV6 }],
    // Networks that a provider's link leads to directly keep their routes.
    [
      "RoutingPolicyRule",
      { Family: family, Table: "main", SuppressPrefixLength: "0", Priority: `${CHOICE_PRIORITY}` },
    ],
    ["RoutingPolicyRule", { Family: family, Table: `${table}`, Priority: `${CHOICE_PRIORITY + 1}` }],
  ]);
}

/** Behind the rules for the home's networks, before the kernel's own for the main table, 32766. */
const CHOICE_PRIORITY = 200;

/** The default route of one way among several, once more where nothing else is. */
function ownTable(route: Section, { table }: WanSide, config: Network["config"]): Section[] {
  if (!isOneOfSeveral(config)) return [route];
  const [name, { Metric: _, ...entries }] = route;
  return [route, [name, { ...entries, Table: `${table}` }]];
}

function dhcp(wan: WanSide, common: Common, config: Network["config"]): Section[] {
  const own: Section = ["Route", { Gateway: "_dhcp4" }];
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
        RouteMetric: `${wan.metric}`,
      },
    ],
    // networkd itself makes that of the main table.
    ...ownTable(own, wan, config).slice(1),
  ];
}

function fixed(wan: WanSide, common: Common, config: Network["config"]): Section[] {
  const { address, gateway, dns } = wan.config.static;
  return [
    ["Network", { Address: address ?? [], DNS: dns, ...common }],
    ...(gateway === null
      ? []
      : // Behind a point-to-point line the provider's router is in no network of ours.
        ownTable(
          ["Route", { Gateway: gateway, GatewayOnLink: "yes", Metric: `${wan.metric}` }],
          wan,
          config,
        )),
  ];
}

/** Only PPPoE's frames pass. */
function none(_: WanSide, common: Common): Section[] {
  return [["Network", common]];
}

/** pppd gives the link its addresses and its name servers; networkd the route out. */
function ppp(wan: WanSide, config: Network["config"], ipv6: Ipv6Part): RenderedFile {
  const { name } = wan.config;
  return unit(`ppp-${name}.network`, [
    ["Match", { Name: `ppp-${name}` }],
    // pppd takes it up once it has its addresses. Giving them flushes the routes that are there, and networkd hears nothing of that.
    ["Link", { ...LINK[1], ActivationPolicy: "manual" }],
    [
      "Network",
      { KeepConfiguration: "yes", LLDP: "no", ...WITHOUT_IPV6, ...forwarding(config), ...ipv6.network },
    ],
    ...ipv6.sections,
    ...uploadQueue(wan),
    ...ownTable(["Route", { Destination: "0.0.0.0/0", Scope: "link", Metric: `${wan.metric}` }], wan, config),
  ]);
}

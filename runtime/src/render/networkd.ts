import { formatIPv4 } from "../addr/ipv4.ts";
import { formatPrefix, network as networkAddress, type Prefix } from "../addr/prefix.ts";
import { type LanSide, type Network, type RenderedFile, taggedInterface, wanEthernet } from "./network.ts";
import { lanIpv6 } from "./networkd-ipv6.ts";
import { FORWARDING, LINK, type Section, unit, WITHOUT_IPV6 } from "./networkd-unit.ts";
import { portMtu, wanUnits } from "./networkd-wan.ts";
import { downloadQueue } from "./shaping.ts";

export { UNIT_PREFIX } from "./networkd-unit.ts";

/**
 * The units for systemd-networkd 257 (systemd.network(5), systemd.netdev(5)). Ports of the home's bridges have no addresses of
 * their own.
 */
export function renderNetworkd(network: Network): RenderedFile[] {
  return [
    ...network.lans.flatMap((lan) => lanUnits(lan, network)),
    ...ports(network),
    ...network.idle.map((port) => unit(`idle-${port}.network`, idlePort(port))),
    ...wanUnits(network),
  ];
}

function lanUnits(lan: LanSide, network: Network): RenderedFile[] {
  return [
    unit(`${lan.bridge}.netdev`, bridge(lan.bridge)),
    unit(`${lan.bridge}.network`, bridgeNetwork(lan, network)),
    ...lan.tagged.flatMap((port) => {
      const name = taggedName(lan, port);
      return [
        unit(`${name}.netdev`, [
          ["NetDev", { Name: name, Kind: "vlan" }],
          ["VLAN", { Id: `${lan.config.vlan}` }],
        ]),
        unit(`${name}.network`, bridgePort(name, lan)),
      ];
    }),
  ];
}

function taggedName({ config }: LanSide, port: string): string {
  return taggedInterface(config, config.tagged.indexOf(port));
}

function bridge(name: string): Section[] {
  return [
    ["NetDev", { Name: name, Kind: "bridge" }],
    [
      "Bridge",
      {
        // A home's ports form a star: without loops to look for, a port forwards as soon as its cable is in.
        STP: "no",
        ForwardDelaySec: "0",
        // More than a home has, and less than the list of devices holds: a stranger inventing addresses fills neither.
        FDBMaxLearned: "512",
      },
    ],
  ];
}

/** A routing table of the router's own; the kernel's are 0 and 253 to 255. */
const LAN_TABLE = "77";

function bridgeNetwork(lan: LanSide, network: Network): Section[] {
  const { bridge, prefix } = lan;
  const ipv6 = lanIpv6(lan, network);
  return [
    ["Match", { Name: bridge }],
    LINK,
    [
      "Network",
      {
        Address: formatPrefix(prefix),
        // The page and the console have an address to show before the first cable is plugged in, and after the last is out.
        ConfigureWithoutCarrier: "yes",
        ...WITHOUT_IPV6,
        ...FORWARDING,
        ...ipv6.network,
      },
    ],
    ...ownRoute(prefix),
    ...ipv6.sections,
    ...downloadQueue(lan, network),
  ];
}

/**
 * The home's network is always behind the bridge: a provider's DHCP server may name routes (options 33 and 121, RFC 3442), and one
 * longer than the home's own prefix would lead the home's packets out of the WAN.
 */
function ownRoute(prefix: Prefix): Section[] {
  const destination = formatPrefix({ address: networkAddress(prefix), length: prefix.length });
  return [
    ["RoutingPolicyRule", { To: destination, Table: LAN_TABLE, Priority: "100" }],
    [
      "Route",
      {
        Destination: destination,
        Table: LAN_TABLE,
        Scope: "link",
        PreferredSource: formatIPv4(prefix.address),
      },
    ],
  ];
}

/**
 * A file for each port, because networkd takes down every link whose file has changed. A port may be a network's, carry VLANs, or
 * both; one whose untagged frames are a WAN's has the WAN's file.
 */
function ports({ lans, wans }: Network): RenderedFile[] {
  const files = new Map<string, { lan?: LanSide; vlans: string[] }>();
  const of = (port: string) => {
    const known = files.get(port) ?? { vlans: [] };
    files.set(port, known);
    return known;
  };
  for (const lan of lans) {
    for (const port of lan.ports) of(port).lan = lan;
    for (const port of lan.tagged) of(port).vlans.push(taggedName(lan, port));
  }
  for (const { config, port } of wans)
    if (config.vlan !== null) of(port).vlans.push(wanEthernet(config, port));
  for (const { config, port } of wans) if (config.vlan === null) files.delete(port);
  return [...files].map(([port, { lan, vlans }]) =>
    unit(`port-${port}.network`, bridgePort(port, lan, vlans, portMtu(port, wans))),
  );
}

function bridgePort(name: string, lan?: LanSide, vlans: readonly string[] = [], mtu?: number): Section[] {
  return [
    ["Match", { Name: name }],
    ["Link", { ...LINK[1], ...(mtu !== undefined && { MTUBytes: `${mtu}` }) }],
    [
      "Network",
      {
        ...(lan !== undefined && { Bridge: lan.bridge }),
        ...(vlans.length > 0 && { VLAN: vlans }),
        LLDP: "no",
        ...WITHOUT_IPV6,
      },
    ],
    ...(lan?.config.isolated ? [["Bridge", { Isolated: "yes" }] satisfies Section] : []),
  ];
}

/** A port on no side. Without a unit it would stay in the bridge it was in; with one that names none it leaves it. */
function idlePort(name: string): Section[] {
  return [
    ["Match", { Name: name }],
    ["Link", { RequiredForOnline: "no", ActivationPolicy: "always-down" }],
    ["Network", { LLDP: "no", ...WITHOUT_IPV6 }],
  ];
}

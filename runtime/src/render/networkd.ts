import { formatIPv4 } from "../addr/ipv4.ts";
import { formatPrefix, network as networkAddress } from "../addr/prefix.ts";
import { LAN_BRIDGE, type Network, type RenderedFile } from "./network.ts";

/** What the names of our units start with; before Debian's own 80- and 99- units, so ours match first. */
export const UNIT_PREFIX = "70-gatehouse-";

type Section = [name: string, entries: Record<string, string>];

/**
 * The units for systemd-networkd 257 (systemd.network(5), systemd.netdev(5)). In this cut the router speaks no IPv6: no
 * link-local address, no router advertisement accepted or sent, nothing forwarded.
 */
export function renderNetworkd(network: Network): RenderedFile[] {
  const files = [unit(`${LAN_BRIDGE}.netdev`, BRIDGE), unit(`${LAN_BRIDGE}.network`, bridgeNetwork(network))];
  for (const port of network.lan) files.push(unit(`lan-${port}.network`, lanPort(port)));
  for (const port of network.idle) files.push(unit(`idle-${port}.network`, idlePort(port)));
  if (network.wan !== undefined) files.push(unit("wan.network", wan(network.wan, network.config.nat.mapped)));
  return files;
}

const BRIDGE: Section[] = [
  ["NetDev", { Name: LAN_BRIDGE, Kind: "bridge" }],
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

/** Boot must not wait for a cable; the router is useful to its owner without one. */
const LINK: Section = ["Link", { RequiredForOnline: "no" }];

const WITHOUT_IPV6 = { LinkLocalAddressing: "no", IPv6AcceptRA: "no" };
/** Packets whose source does not belong on this side are dropped (RFC 2827, RFC 3704 2.2). */
const FORWARDING = { IPv4Forwarding: "yes", IPv6Forwarding: "no", IPv4ReversePathFilter: "strict" };

/** A routing table of the router's own; the kernel's are 0 and 253 to 255. */
const LAN_TABLE = "77";

function bridgeNetwork({ prefix }: Network): Section[] {
  return [
    ["Match", { Name: LAN_BRIDGE }],
    LINK,
    [
      "Network",
      {
        Address: formatPrefix(prefix),
        // The page and the console have an address to show before the first cable is plugged in, and after the last is out.
        ConfigureWithoutCarrier: "yes",
        ...WITHOUT_IPV6,
        ...FORWARDING,
      },
    ],
    ...ownRoute(prefix),
  ];
}

/**
 * The home's network is always behind the bridge: a provider's DHCP server may name routes (options 33 and 121, RFC 3442), and one
 * longer than the home's own prefix would lead the home's packets out of the WAN.
 */
function ownRoute(prefix: Network["prefix"]): Section[] {
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

/** A file for each port, because networkd takes down every link whose file has changed. */
function lanPort(name: string): Section[] {
  return [["Match", { Name: name }], LINK, ["Network", { Bridge: LAN_BRIDGE, LLDP: "no", ...WITHOUT_IPV6 }]];
}

/** A port on no side. Without a unit it would stay in the bridge it was in; with one that names none it leaves it. */
function idlePort(name: string): Section[] {
  return [
    ["Match", { Name: name }],
    ["Link", { RequiredForOnline: "no", ActivationPolicy: "always-down" }],
    ["Network", { LLDP: "no", ...WITHOUT_IPV6 }],
  ];
}

function wan(name: string, mapped: Network["config"]["nat"]["mapped"]): Section[] {
  return [
    ["Match", { Name: name }],
    LINK,
    [
      "Network",
      {
        DHCP: "ipv4",
        // While networkd is down or being updated the connections keep their address. Not "dynamic", which would
        // keep it beyond its lease (RFC 2131, 4.4.5).
        KeepConfiguration: "dynamic-on-stop",
        LLDP: "no",
        ...WITHOUT_IPV6,
        ...FORWARDING,
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
      },
    ],
    // So that the provider's router finds them here; the NAT leads on what arrives for them.
    ...mapped.map(({ external }): Section => ["Address", { Address: `${external}/32` }]),
  ];
}

function unit(suffix: string, sections: readonly Section[]): RenderedFile {
  const text = sections.map(([name, entries]) => {
    const lines = Object.entries(entries).map(([key, value]) => `${key}=${value}\n`);
    return `[${name}]\n${lines.join("")}`;
  });
  return { name: `${UNIT_PREFIX}${suffix}`, text: text.join("\n") };
}

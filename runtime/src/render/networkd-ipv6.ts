import { ulaAddress, ulaPrefix } from "./ipv6.ts";
import type { LanSide, Network, WanSide } from "./network.ts";
import type { Section } from "./networkd-unit.ts";

/** What a unit says where there is IPv6: in its section [Network], and in sections of their own. */
export interface Ipv6Part {
  network: Section[1];
  sections: Section[];
}

const NONE: Ipv6Part = { network: {}, sections: [] };

/**
 * A way out asks for a prefix for the home whatever the provider's advertisements say, and without any: some have DHCPv6 and do
 * not say so (RFC 7084 WAA-4 and WPD-4).
 */
export function wanIpv6(wan: WanSide, { config, ipv6 }: Network): Ipv6Part {
  if (ipv6 === undefined) return NONE;
  const { mode } = wan.config;
  return {
    network: {
      DHCP: mode === "dhcp" ? "yes" : "ipv6",
      LinkLocalAddressing: "ipv6",
      IPv6AcceptRA: "yes",
      IPv6Forwarding: "yes",
    },
    sections: [
      [
        "IPv6AcceptRA",
        {
          DHCPv6Client: "always",
          // The router's own address on the line does not give its hardware away to whom it asks.
          Token: "prefixstable",
          UseDomains: "no",
          // A route to somewhere within the home could lead an address of it out.
          UseRoutePrefix: "no",
          UseRedirect: "no",
          RouteMetric: `${wan.metric}`,
          // Of several ways out the one that is used is a routing rule's choice, as for IPv4.
          ...(config.wans.length > 1 && { RouteTable: `${wan.table}` }),
        },
      ],
      [
        "DHCPv6",
        {
          ...duid(wan),
          IAID: `${config.wans.indexOf(wan.config) + 1}`,
          // 256 networks, which is what homes are advised to get (RIPE-690, 4.2).
          PrefixDelegationHint: "::/56",
          WithoutRA: "solicit",
          // The home's name is none of the provider's business.
          SendHostname: "no",
          UseHostname: "no",
          UseDomains: "no",
        },
      ],
    ],
  };
}

/** The same for the Ethernet link; under PPPoE only its frames pass there. */
export function ethernetIpv6(wan: WanSide, network: Network): Ipv6Part {
  return wan.config.mode === "pppoe" ? NONE : wanIpv6(wan, network);
}

/**
 * Providers know a line by its DUID; made of the hardware address it survives a new installation (RFC 8415, 11.4). A PPP link has
 * none, so that it is given the port's, after its type, Ethernet.
 */
function duid({ config, mac }: WanSide): Section[1] {
  if (config.mode !== "pppoe") return { DUIDType: "link-layer" };
  return mac === undefined
    ? {}
    : { DUIDType: "link-layer", DUIDRawData: `00:01:${mac.replaceAll("-", ":").toLowerCase()}` };
}

/** A network of the home has a prefix of its own in the home's own prefix and in the one that the provider gives. */
export function lanIpv6({ config }: LanSide, network: Network): Ipv6Part {
  const { ipv6, wan } = network;
  if (ipv6 === undefined) return NONE;
  const router = ulaAddress(ipv6, config.name);
  const isDelegated = wan !== undefined && config.internet;
  return {
    network: {
      LinkLocalAddressing: "ipv6",
      IPv6AcceptRA: "no",
      IPv6SendRA: "yes",
      IPv6Forwarding: "yes",
      ...(isDelegated && { DHCPPrefixDelegation: "yes" }),
    },
    sections: [
      ["Address", { Address: `${router}/64` }],
      [
        "IPv6SendRA",
        {
          // The home's own address, which stays when the provider's prefix changes.
          DNS: router,
          Domains: network.config.domain,
        },
      ],
      ["IPv6Prefix", { Prefix: ulaPrefix(ipv6, config.name) }],
      ...(ipv6.former.get(config.name) ?? []).map(withdrawn),
      ...(isDelegated ? [delegation(wan, ipv6.subnets.get(config.name) ?? 0)] : []),
    ],
  };
}

/** Devices are told that a prefix has gone, or they would go on using it (RFC 9096, L-13); networkd by itself only falls silent. */
function withdrawn(prefix: string): Section {
  return ["IPv6Prefix", { Prefix: prefix, OnLink: "no", PreferredLifetimeSec: "0", ValidLifetimeSec: "0" }];
}

function delegation(wan: WanSide, subnet: number): Section {
  return [
    "DHCPPrefixDelegation",
    { UplinkInterface: wan.interface, SubnetId: `0x${subnet.toString(16)}`, Token: "static:::1" },
  ];
}

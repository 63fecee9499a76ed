/** A station on a LAN port: its name is its namespace's name and the DHCP host name it sends. */
export interface Station {
  readonly name: string;
  readonly mac: string;
}

/** A wire between two network interfaces; a capture can be taken on it. */
export interface Link {
  readonly name: "wan" | "lan1" | "lan2";
  /** The host on the other side of the router's port. */
  readonly host: string;
  /** The interface's name inside that host. */
  readonly interface: string;
  /** MAC address of that host's interface. */
  readonly mac: string;
  /** MAC address of the router's port. */
  readonly port: string;
}

/**
 * The home and what is around it, as data. Addresses are from the documentation ranges (RFC 5737, RFC 3849), names from
 * .example (RFC 2606), MAC addresses from the documentation range 00-00-5E-00-53-xx (RFC 7042, section 2.1.2).
 */
export const topology = {
  provider: {
    name: "provider",
    /** The provider's access network: the WAN address is leased from it. */
    network: { address: "198.51.100.0", length: 24, mask: "255.255.255.0" },
    gateway: "198.51.100.1",
    leases: { first: "198.51.100.100", last: "198.51.100.199", time: "10m" },
    domain: "provider.example",
    /** The access network's IPv6 prefix, and the one that homes get. Times are seconds. */
    ipv6: { gateway: "2001:db8:0:1::1", length: 64 },
    delegation: { prefix: "2001:db8:a:100::", length: 56, preferred: 1800, valid: 3600, renew: 900 },
  },
  /** Hosts of the internet. All of them live in the provider's namespace, on its loopback interface. */
  internet: {
    web: { name: "web.example", address: "203.0.113.10" },
    /** A web server that has IPv6 only. */
    web6: { name: "web6.example", address: "2001:db8:f::80" },
    /** Never contacted by a client: what it sends reaches one only through a full-cone binding. */
    peer: { name: "peer.example", address: "203.0.113.20" },
    /** RFC 5780 needs two addresses. */
    stun: { name: "stun.example", address: "203.0.113.30", alternate: "203.0.113.31" },
    iperf: { name: "iperf.example", address: "203.0.113.40" },
  },
  ports: { web: 80, echo: 7, stun: 3478, stunAlternate: 3479, iperf: 5201 },
  clients: [
    { name: "client1", mac: "00:00:5e:00:53:11" },
    { name: "client2", mac: "00:00:5e:00:53:12" },
  ],
  links: [
    {
      name: "wan",
      host: "provider",
      interface: "wan",
      mac: "00:00:5e:00:53:01",
      port: "00:00:5e:00:53:f0",
    },
    {
      name: "lan1",
      host: "client1",
      interface: "eth0",
      mac: "00:00:5e:00:53:11",
      port: "00:00:5e:00:53:f1",
    },
    {
      name: "lan2",
      host: "client2",
      interface: "eth0",
      mac: "00:00:5e:00:53:12",
      port: "00:00:5e:00:53:f2",
    },
  ],
} as const satisfies {
  clients: readonly Station[];
  links: readonly Link[];
  [section: string]: unknown;
};

/** The link of that name. */
export function link(name: Link["name"]): Link {
  return topology.links.find((candidate) => candidate.name === name)!;
}

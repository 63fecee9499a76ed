import type { Network } from "./network.ts";

/** A kernel parameter: its path below /proc/sys and its value. */
export interface Sysctl {
  key: string;
  value: string;
  /** Wanted only where it is: a kernel module brings it. */
  optional?: true;
}

/** The ports from which the router's own connections start, both ends included; all others are the NAT's. */
export const LOCAL_PORTS = { first: 10_240, last: 14_335 } as const;

/**
 * Kernel parameters that networkd has no setting for. `default` reaches interfaces made later, the bridge among them;
 * `all` those that are there, where the kernel combines the two.
 */
export function renderSysctl({ ipv6 }: Pick<Network, "ipv6"> = { ipv6: undefined }): Sysctl[] {
  return [
    // The router's own connections and translated ones share the WAN address: neither may take the other's port.
    { key: "net/ipv4/ip_local_port_range", value: `${LOCAL_PORTS.first} ${LOCAL_PORTS.last}` },
    // Hairpinned packets leave where they came in; a redirect would tell the client to go around the translation.
    ...everywhere("send_redirects", "0"),
    // A neighbour's redirect could steer the router's own traffic to him (RFC 6274, 3.3.1.3 and 4.1).
    ...everywhere("accept_redirects", "0"),
    ...everywhere("accept_source_route", "0"),
    // Answer for an address only on the wire it belongs to: the provider's side does not learn the home's addresses.
    ...everywhere("arp_ignore", "1"),
    ...everywhere("arp_announce", "2"),
    // A flood of first fragments fills what the kernel keeps of them, and all others are dropped until it forgets the flood: here
    // soon (two seconds are the least, RFC 6146 section 3.4), and only a fast flood fills 16 MiB (RFC 4787 REQ-14a).
    { key: "net/ipv4/ipfrag_time", value: "3" },
    { key: "net/ipv4/ipfrag_high_thresh", value: "16777216" },
    // Bridged frames would pass the NAT's rules before they are routed, and what one host sends to another by their external
    // address (hairpin) would be put back on the bridge half translated. The image does not load br_netfilter; other machines may.
    { key: "net/bridge/bridge-nf-call-iptables", value: "0", optional: true },
    // networkd forwards between the sides; the kernel does nothing of it unless all forwards.
    { key: "net/ipv6/conf/all/forwarding", value: ipv6 === undefined ? "0" : "1" },
    // Advertisements are networkd's to read, on the provider's side alone.
    { key: "net/ipv6/conf/default/accept_ra", value: "0" },
  ];
}

function everywhere(name: string, value: string): Sysctl[] {
  return ["all", "default"].map((scope) => ({ key: `net/ipv4/conf/${scope}/${name}`, value }));
}

import { type IPv4, parseIPv4 } from "../../addr/ipv4.ts";
import { parseAddress } from "../../addr/ipv6.ts";
import { contains, type Prefix } from "../../addr/prefix.ts";

/** Where a network of the home has the name server over IPv6. */
export interface Ipv6Listening {
  /** The router's own address there, of the home's prefix. */
  address: string;
  /** Whom of the IPv4 network a client is taken for that is not known by its own IPv4 address: the router in it. */
  standIn: IPv4;
}

const LOOPBACK: Prefix = { address: 0x7f000001, length: 8 };

/**
 * Who asks from `address`, as an IPv4 address, by which the home's devices are told apart; undefined for who is no client. Over IPv6
 * that is the device's own as far as it is known, `ipv4Of`, and else that of the router in its network.
 */
export function clientAt(
  address: string,
  lan: readonly Prefix[],
  ipv6: readonly Ipv6Listening[],
  ipv4Of: (address: string) => IPv4 | undefined,
): IPv4 | undefined {
  const isAtHome = (one: IPv4) => lan.some((prefix) => contains(prefix, one));
  const ipv4 = parseIPv4(address);
  if (ipv4 !== undefined) return contains(LOOPBACK, ipv4) || isAtHome(ipv4) ? ipv4 : undefined;
  const words = parseAddress(address);
  if (words === undefined) return undefined;
  const network = ipv6.find((one) => {
    const router = parseAddress(one.address);
    return router?.[0] === words[0] && router?.[1] === words[1];
  });
  if (network === undefined) return undefined;
  const known = ipv4Of(address);
  return known !== undefined && isAtHome(known) ? known : network.standIn;
}

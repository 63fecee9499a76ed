import { formatAddress, parseAddress } from "../../addr/ipv6.ts";
import type { Ipv6Address } from "../../linux/netlink/route.ts";

/** The provider's prefixes of 64 bits in one network, such as "2001:db8:a:100::/64". */
export interface Prefixes {
  now: string[];
  /** The latest first. */
  former: string[];
}

/** Devices forget a prefix two hours after they hear that it has gone; nobody is given that many in that time. */
const MAX_FORMER = 4;

/** A prefix has gone when there is another: while there is none, the former may come back. */
export function succeeded({ now: before, former }: Prefixes, now: string[]): Prefixes {
  if (now.length === 0) return { now: before, former };
  const gone = [...new Set([...before, ...former])].filter((prefix) => !now.includes(prefix));
  return { now, former: gone.slice(0, MAX_FORMER) };
}

/** The global prefixes that these addresses lie in. */
export function globalPrefixes(addresses: readonly Ipv6Address[]): string[] {
  const prefixes = addresses
    .filter(({ length }) => length === 64)
    .flatMap(({ address }) => {
      const words = parseAddress(address);
      return words === undefined || !isGlobal(words) ? [] : [prefixOf(words)];
    });
  return [...new Set(prefixes)].toSorted();
}

function prefixOf(words: Uint32Array): string {
  return `${formatAddress(Uint32Array.of(words[0]!, words[1]!, 0, 0))}/64`;
}

/** RFC 4291, 2.4: 2000::/3, all of what is given out. */
function isGlobal(words: Uint32Array): boolean {
  return words[0]! >>> 29 === 1;
}

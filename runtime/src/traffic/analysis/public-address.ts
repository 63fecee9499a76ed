import { isMapped } from "../../addr/ipv6.ts";
import { netmask, network, parsePrefix } from "../../addr/prefix.ts";

/** IPv4 networks that are nobody's on the Internet (RFC 6890). A device may try them in vain for honest reasons. */
const NOT_PUBLIC = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "224.0.0.0/3",
].map((text) => parsePrefix(text)!);
// Asked thousands of times a minute while a device shares files.
const NETWORKS = Uint32Array.from(NOT_PUBLIC, network);
const MASKS = Uint32Array.from(NOT_PUBLIC, ({ length }) => netmask(length));

/** Whether the address at `offset` of `words` is one of the Internet: in IPv6 global unicast, 2000::/3 (RFC 4291 section 2.4). */
export function isPublicAddress(words: Uint32Array, offset: number): boolean {
  if (!isMapped(words, offset)) return words[offset]! >>> 29 === 1;
  const address = words[offset + 3]!;
  for (let i = 0; i < NETWORKS.length; i++) if ((address & MASKS[i]!) >>> 0 === NETWORKS[i]) return false;
  return true;
}

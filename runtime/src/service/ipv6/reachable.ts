import { formatAddress, parseAddress } from "../../addr/ipv6.ts";
import type { Mac } from "../../addr/mac.ts";
import type { Ipv6State } from "../../linux/netlink/route.ts";
import { globalPrefixes } from "./prefixes.ts";

/** The lower half of an address, which tells a host of its network; as 64 bits in two words. */
type Identifier = readonly [number, number];

/** A device's own, privacy addresses (RFC 8981) of a week among them; a stranger inventing more fills no memory. */
const MAX_IDENTIFIERS = 64;

/**
 * The addresses by which the Internet can reach a device: each identifier that it has used, in each prefix that its network has
 * now. A pinhole so is open again in the moment in which the provider gives another prefix, before a device that only waits to be
 * asked has sent anything from its new address. Identifiers come from the neighbour table, whatever the device makes them of; that
 * of the hardware address (RFC 4291, appendix A) is taken as used from the beginning. Those that differ from prefix to prefix
 * (RFC 7217) are known as soon as the device has said something.
 */
export class Reachable {
  /** By device, in the order in which they were first seen. */
  readonly #identifiers = new Map<Mac, Map<string, Identifier>>();

  /** Takes in what the home's bridges, given by their index, have seen, of these devices. */
  update(devices: readonly Mac[], bridges: readonly number[], { addresses, neighbours }: Ipv6State): void {
    for (const mac of this.#identifiers.keys()) if (!devices.includes(mac)) this.#identifiers.delete(mac);
    for (const mac of devices) if (!this.#identifiers.has(mac)) this.#note(mac, ofHardware(mac));
    const own = new Set(addresses.map(({ address }) => address));
    for (const { link, address, mac } of neighbours) {
      const words = parseAddress(address);
      if (words === undefined || own.has(address) || !bridges.includes(link)) continue;
      const identifier = [words[2]!, words[3]!] as const;
      this.#forget(identifier, mac);
      if (devices.includes(mac)) this.#note(mac, identifier);
    }
  }

  /** The addresses of every device, in a settled order. */
  addresses(bridges: readonly number[], { addresses }: Ipv6State): Map<Mac, string[]> {
    const here = addresses.filter(({ link }) => bridges.includes(link));
    const prefixes = globalPrefixes(here).flatMap((prefix) => parseAddress(prefix.replace("/64", "")) ?? []);
    const inEach = ([high, low]: Identifier) =>
      prefixes.map((words) => formatAddress(Uint32Array.of(words[0]!, words[1]!, high, low)));
    return new Map(
      Array.from(this.#identifiers, ([mac, used]) => [mac, [...used.values()].flatMap(inEach).toSorted()]),
    );
  }

  #note(mac: Mac, identifier: Identifier): void {
    const used = this.#identifiers.get(mac) ?? new Map<string, Identifier>();
    this.#identifiers.set(mac, used);
    const key = identifier.join();
    if (used.has(key)) return;
    used.set(key, identifier);
    if (used.size <= MAX_IDENTIFIERS) return;
    // The first is that of the hardware address, which stays.
    const [, oldest] = used.keys();
    if (oldest !== undefined) used.delete(oldest);
  }

  /** Whoever has an address now is who is reached by it. */
  #forget(identifier: Identifier, owner: Mac): void {
    for (const [mac, used] of this.#identifiers) if (mac !== owner) used.delete(identifier.join());
  }
}

/** The modified EUI-64: ff:fe in the middle, and the bit that says "universal" turned. */
function ofHardware(mac: Mac): Identifier {
  const octets = mac.split(":").map((octet) => Number.parseInt(octet, 16));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = octets;
  return [
    (((a ^ 2) << 24) | (b << 16) | (c << 8) | 0xff) >>> 0,
    ((0xfe << 24) | (d << 16) | (e << 8) | f) >>> 0,
  ];
}

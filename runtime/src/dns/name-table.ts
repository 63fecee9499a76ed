import type { IPv4 } from "../addr/ipv4.ts";
import { contains, type Prefix } from "../addr/prefix.ts";

/** A network of the home: `address` is the router's own in it. */
export interface ZoneNetwork extends Prefix {
  /** Where the devices are whose names its own are told; everywhere unless given. */
  sees?: readonly Prefix[];
  /** The router's own IPv6 address in it, if it has one. */
  ipv6?: string;
}

/** A host of the home: its name is one label. */
export interface Host {
  name: string;
  address: IPv4;
}

/** Names and addresses as one network of the home knows them. Of two with one name the first has it. */
export class NameTable {
  readonly #addresses = new Map<string, IPv4>();
  readonly #names = new Map<IPv4, string>();

  add(label: string, address: IPv4): void {
    if (!this.#addresses.has(label)) this.#addresses.set(label, address);
    this.addReverse(label, address);
  }

  addReverse(label: string, address: IPv4): void {
    if (!this.#names.has(address)) this.#names.set(address, label);
  }

  address(label: string): IPv4 | undefined {
    return this.#addresses.get(label);
  }

  name(address: IPv4): string | undefined {
    return this.#names.get(address);
  }
}

/**
 * What devices of `network` are told; undefined: programs of the router itself, who are told of everybody. Names of devices that they
 * may not reach would be of no use to them, and tell guests what the home has. Their own network's come first: a stranger elsewhere
 * takes nobody's name.
 */
export function visibleHosts(hosts: readonly Host[], network: ZoneNetwork | undefined): readonly Host[] {
  if (network === undefined) return hosts;
  const { sees } = network;
  const seen =
    sees === undefined ? hosts : hosts.filter(({ address }) => sees.some((part) => contains(part, address)));
  const isOwn = ({ address }: Host) => contains(network, address);
  return [...seen.filter(isOwn), ...seen.filter((host) => !isOwn(host))];
}

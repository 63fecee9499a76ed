import type { IPv4 } from "../addr/ipv4.ts";
import type { Mac } from "../addr/mac.ts";
import { broadcast, contains, network, type Prefix } from "../addr/prefix.ts";

/** What the server gives out, on one subnet. */
export interface DhcpSettings {
  /** The router's own address on the subnet and the subnet's length; also the default route it hands out. */
  server: Prefix;
  /** First and last address of the pool, both included. At most MAX_POOL addresses of it are used. */
  first: IPv4;
  last: IPv4;
  leaseSeconds: number;
  /** Domain name for the clients, such as "lan". */
  domain: string;
  dns: IPv4[];
  /** Addresses kept for one device each; they may lie outside the pool, but in the subnet. */
  reservations: { mac: Mac; address: IPv4 }[];
}

/** More addresses than a home has devices; bounds the memory and the search that strangers can cause. */
const MAX_POOL = 4096;

/** Where the addresses of a subnet belong: to the pool, to a device's reservation, or not to clients at all. */
export class AddressPlan {
  readonly size: number;
  readonly #reservedFor: Map<IPv4, Mac>;
  readonly #reservationOf: Map<Mac, IPv4>;

  constructor(readonly settings: DhcpSettings) {
    const usable = settings.reservations.filter(({ address }) => this.isHost(address));
    this.#reservedFor = new Map(usable.map(({ mac, address }) => [address, mac]));
    this.#reservationOf = new Map(usable.map(({ mac, address }) => [mac, address]));
    this.size = Math.max(0, Math.min(settings.last - settings.first + 1, MAX_POOL));
  }

  /** The address kept for the device `mac`. */
  reservation(mac: Mac): IPv4 | undefined {
    return this.#reservationOf.get(mac);
  }

  /** Whether `address` is in the pool and nobody's reservation. */
  isFree(address: IPv4): boolean {
    const offset = address - this.settings.first;
    return offset >= 0 && offset < this.size && this.isHost(address) && !this.#reservedFor.has(address);
  }

  /** Whether `address` is one a host of the subnet can have, other than the router's. */
  isHost(address: IPv4): boolean {
    const { server } = this.settings;
    return (
      contains(server, address) &&
      address !== server.address &&
      address !== network(server) &&
      address !== broadcast(server)
    );
  }
}

import type { IPv4 } from "../addr/ipv4.ts";

/** The resolvers asked, and which of them to ask first: the one that answered last. */
export class Upstreams {
  #preferred = 0;
  readonly #withoutEdns = new Set<IPv4>();

  constructor(private readonly addresses: readonly IPv4[]) {}

  /** The order in which to try: each once beginning with the preferred one, then each once more. */
  plan(): IPv4[] {
    const { addresses } = this;
    const order = addresses.map((_, i) => addresses[(this.#preferred + i) % addresses.length]!);
    return [...order, ...order];
  }

  /** Takes note that `address` answered. */
  succeeded(address: IPv4): void {
    this.#preferred = Math.max(0, this.addresses.indexOf(address));
  }

  /** Takes note that `address` did not answer in time: another one is asked first from now on. */
  failed(address: IPv4): void {
    if (this.addresses[this.#preferred] === address) {
      this.#preferred = (this.#preferred + 1) % this.addresses.length;
    }
  }

  takesEdns(address: IPv4): boolean {
    return !this.#withoutEdns.has(address);
  }

  /** Takes note that `address` refuses EDNS, as some old home gateways do (RFC 6891 §7). */
  refusedEdns(address: IPv4): void {
    this.#withoutEdns.add(address);
  }
}

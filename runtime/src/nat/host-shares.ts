import type { IPv4 } from "../addr/ipv4.ts";

/** How much of something scarce each host holds. */
export class HostShares {
  readonly #held = new Map<IPv4, number>();

  of(address: IPv4): number {
    return this.#held.get(address) ?? 0;
  }

  take(address: IPv4): void {
    this.#held.set(address, this.of(address) + 1);
  }

  give(address: IPv4): void {
    const left = this.of(address) - 1;
    if (left > 0) this.#held.set(address, left);
    else this.#held.delete(address);
  }

  clear(): void {
    this.#held.clear();
  }
}

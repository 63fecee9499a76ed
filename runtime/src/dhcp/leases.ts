import type { IPv4 } from "../addr/ipv4.ts";
import type { Mac } from "../addr/mac.ts";
import { type ClientKey, macKey } from "./identity.ts";
import type { AddressPlan } from "./settings.ts";

/** An address given to a client. Kept after it has run out, until another client needs the address. */
export interface Lease {
  client: ClientKey;
  mac: Mac;
  address: IPv4;
  /** One DNS label, or "". */
  hostName: string;
  /** Printable ASCII, or "". */
  vendorClass: string;
  /** Milliseconds since the epoch. */
  expires: number;
}

/** Who asks for an address. */
export interface Client {
  key: ClientKey;
  mac: Mac;
}

interface Offer {
  client: ClientKey;
  expires: number;
}

/** How long an offer holds its address, ms: slow clients (udhcpc, 3 s a try) answer within it. */
const OFFER_LIFETIME = 10_000;
/** An address someone else was seen to use is left alone for this long, ms. */
const QUARANTINE = 10 * 60_000;
/** Offers held at once; past it the oldest gives way, so a flood of made-up clients cannot hold the pool. */
const MAX_OFFERS = 64;

/**
 * Who has which address: leases, standing offers and addresses in quarantine. An address has at most one lease and
 * one offer; a client has at most one of each. Offers never touch leases, so made-up clients cost nothing lasting.
 */
export class LeaseTable {
  readonly #byAddress = new Map<IPv4, Lease>();
  readonly #byClient = new Map<ClientKey, Lease>();
  /** In the order made, the oldest first. */
  readonly #offers = new Map<IPv4, Offer>();
  readonly #offerOf = new Map<ClientKey, IPv4>();
  readonly #quarantine = new Map<IPv4, number>();

  constructor(leases: Iterable<Lease>) {
    for (const lease of leases) this.bind(lease);
  }

  /** In the order in which the addresses were first given. */
  all(): Lease[] {
    return [...this.#byAddress.values()];
  }

  /** The client's lease, running or not; also one it had before it began to send an identifier. */
  leaseOf(client: Client): Lease | undefined {
    return this.#byClient.get(client.key) ?? this.#byClient.get(macKey(client.mac));
  }

  offerTo(client: ClientKey, now: number): IPv4 | undefined {
    const address = this.#offerOf.get(client);
    return address !== undefined && this.#offers.get(address)!.expires > now ? address : undefined;
  }

  /** Whether nobody else holds `address`; only the settings could still keep `client` from having it. */
  isAvailable(address: IPv4, client: Client, now: number): boolean {
    return this.#isUnleased(address, client, now) && !this.#isOfferedToAnother(address, client.key, now);
  }

  /** Whether `address` is available and nobody else is remembered to have had it. */
  isUnused(address: IPv4, client: Client, now: number): boolean {
    const lease = this.#byAddress.get(address);
    return (lease === undefined || isOwn(lease, client)) && this.isAvailable(address, client, now);
  }

  /**
   * An address for a client that has none: a never used one first, looked for from a place of the pool that the
   * client's key decides, so that a client finds the same address even when its lease was forgotten; else the one
   * unused for longest; else the one of the oldest offer.
   */
  pick(plan: AddressPlan, client: Client, now: number): IPv4 | undefined {
    const start = hash(client.key);
    let oldest: Lease | undefined;
    for (let i = 0; i < plan.size; i++) {
      const address = plan.settings.first + ((start + i) % plan.size);
      if (!plan.isFree(address) || !this.isAvailable(address, client, now)) continue;
      const lease = this.#byAddress.get(address);
      if (lease === undefined) return address;
      if (oldest === undefined || lease.expires < oldest.expires) oldest = lease;
    }
    return oldest?.address ?? this.#oldestOffer(plan, client, now);
  }

  offer(address: IPv4, client: ClientKey, now: number): void {
    this.withdraw(client);
    this.#dropOffer(address);
    const [oldest] = this.#offers.keys();
    if (this.#offers.size >= MAX_OFFERS && oldest !== undefined) this.#dropOffer(oldest);
    this.#offers.set(address, { client, expires: now + OFFER_LIFETIME });
    this.#offerOf.set(client, address);
  }

  /** Forgets the offer to `client`. */
  withdraw(client: ClientKey): void {
    const address = this.#offerOf.get(client);
    if (address !== undefined) this.#dropOffer(address);
  }

  /**
   * Enters `lease` in place of the former one of its client and of its address. The place in the order of the address
   * stays, since of two hosts with one name the first has it: renewing must not cost a host its name.
   */
  bind(lease: Lease): void {
    this.withdraw(lease.client);
    const former = this.#byClient.get(lease.client);
    if (former?.address !== lease.address) this.remove(former);
    const other = this.#byAddress.get(lease.address);
    if (other !== undefined) this.#byClient.delete(other.client);
    this.#byAddress.set(lease.address, lease);
    this.#byClient.set(lease.client, lease);
  }

  remove(lease: Lease | undefined): void {
    if (lease === undefined) return;
    this.#byAddress.delete(lease.address);
    this.#byClient.delete(lease.client);
  }

  /** Keeps `address` from everybody for a while, because a host nobody leased it to was seen to use it. */
  quarantine(address: IPv4, now: number): void {
    this.remove(this.#byAddress.get(address));
    this.#dropOffer(address);
    this.#quarantine.set(address, now + QUARANTINE);
  }

  #isUnleased(address: IPv4, client: Client, now: number): boolean {
    if ((this.#quarantine.get(address) ?? 0) > now) return false;
    const lease = this.#byAddress.get(address);
    return lease === undefined || lease.expires <= now || isOwn(lease, client);
  }

  #isOfferedToAnother(address: IPv4, client: ClientKey, now: number): boolean {
    const offer = this.#offers.get(address);
    return offer !== undefined && offer.client !== client && offer.expires > now;
  }

  #oldestOffer(plan: AddressPlan, client: Client, now: number): IPv4 | undefined {
    for (const address of this.#offers.keys()) {
      if (plan.isFree(address) && this.#isUnleased(address, client, now)) return address;
    }
    return undefined;
  }

  #dropOffer(address: IPv4): void {
    const offer = this.#offers.get(address);
    if (offer === undefined) return;
    this.#offers.delete(address);
    this.#offerOf.delete(offer.client);
  }
}

function isOwn(lease: Lease, client: Client): boolean {
  return lease.client === client.key || lease.client === macKey(client.mac);
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value >>> 0;
}

import type { IPv4 } from "../addr/ipv4.ts";
import type { FastPath } from "./fast-path.ts";
import { HostShares } from "./host-shares.ts";
import { KeyedHash } from "./keyed-hash.ts";
import { type Filtering, type NatPolicy, OPEN } from "./policy.ts";
import { ICMP_QUERY, type Transport } from "./transport.ts";

/** What the engine's tables have in common. */
export class Engine {
  readonly fastPath: FastPath;
  /** Uniform in [0, 1), not predictable from outside. */
  readonly random: () => number;
  readonly hash: KeyedHash;
  /** Dynamic bindings and overload sessions by host. */
  readonly shares = new HostShares();
  #policy: NatPolicy;
  #externals = new Map<IPv4, IPv4>();
  #internals = new Map<IPv4, IPv4>();

  constructor(fastPath: FastPath, random: () => number, policy: NatPolicy) {
    this.fastPath = fastPath;
    this.random = random;
    this.hash = new KeyedHash(random);
    this.#policy = policy;
    this.policy = policy;
  }

  get policy(): NatPolicy {
    return this.#policy;
  }

  set policy(policy: NatPolicy) {
    this.#policy = policy;
    this.#externals = new Map(policy.mapped.map(({ external, internal }) => [internal, external]));
    this.#internals = new Map(policy.mapped.map(({ external, internal }) => [external, internal]));
  }

  /** The external address that a 1:1 mapped host has, or undefined. */
  externalOf(internal: IPv4): IPv4 | undefined {
    return this.#externals.get(internal);
  }

  /** The host that a further external address is mapped to, or undefined. */
  internalOf(external: IPv4): IPv4 | undefined {
    return this.#internals.get(external);
  }

  isMapped(internal: IPv4): boolean {
    return this.#externals.has(internal);
  }

  /** Whom a host's dynamic bindings let in. ICMP queries are never filtered: their answers come from those asked. */
  filteringOf(transport: Transport, address: IPv4): Filtering {
    if (transport === ICMP_QUERY) return OPEN;
    return this.#policy.filtering.get(address) ?? this.#policy.defaultFiltering;
  }

  isOverHostLimit(address: IPv4): boolean {
    return this.shares.of(address) >= this.#policy.hostLimit;
  }
}

import type { Mac } from "../../addr/mac.ts";
import { type Policy, policyAt } from "../../config/policy.ts";
import type { Config } from "../../config/schema.ts";
import { applyRuleset } from "../../linux/nftables/ruleset.ts";
import { type Restriction, renderPolicy } from "../../render/policy-rules.ts";

export interface PolicyOptions {
  config(): Config;
  /** The addresses that devices have now, IPv4 and IPv6. */
  addresses(): ReadonlyMap<Mac, readonly string[]>;
  /** Something else holds from now on: `enforce` wants to be called. */
  onDue(): void;
  /** Milliseconds since 1970, by a clock that may be set. */
  now?(): number;
  /** Calls `wake` once; the function that it returns takes that back. */
  after?(milliseconds: number, wake: () => void): () => void;
  /** Loads an nft transaction. Throws RulesetError. */
  load?(text: string): void;
}

/** The clock may be set meanwhile, and a timer counts what has passed. */
const LONGEST_SLEEP_MS = 60_000;

/** Keeps devices from the Internet, and within their limits, as the configuration says and when it says. */
export class PolicyService {
  readonly #now: () => number;
  readonly #after: NonNullable<PolicyOptions["after"]>;
  readonly #load: (text: string) => void;
  #policy: Policy | undefined;
  /** What `#policy` was made of, and when. */
  #madeOf: { config: Config; at: number } | undefined;
  #enforced = "";
  #due = "";
  #sleep: (() => void) | undefined;

  constructor(private readonly options: PolicyOptions) {
    this.#now = options.now ?? Date.now;
    this.#after = options.after ?? timer;
    this.#load = options.load ?? applyRuleset;
  }

  /** What holds now. */
  current(): Policy {
    const now = this.#now();
    const config = this.options.config();
    const { until = null } = this.#policy ?? {};
    const isFresh =
      config === this.#madeOf?.config && now >= this.#madeOf.at && (until === null || now < until);
    if (this.#policy !== undefined && isFresh) return this.#policy;
    this.#madeOf = { config, at: now };
    this.#policy = policyAt(config, now);
    return this.#policy;
  }

  /** Puts into effect what holds now, between the home's `bridges` and the Internet. Throws RulesetError. */
  enforce(bridges: readonly string[]): void {
    this.#sleepUntilDue();
    const restrictions = this.#restrictions();
    this.#due = JSON.stringify(restrictions);
    const text = renderPolicy(bridges, restrictions);
    if (text === this.#enforced) return;
    this.#enforced = "";
    this.#load(text);
    this.#enforced = text;
  }

  /** Asks for `enforce` where what holds, or a device's addresses, are not what was put into effect. */
  look(): void {
    const due = JSON.stringify(this.#restrictions());
    if (due === this.#due) return;
    this.#due = due;
    this.options.onDue();
  }

  /** The IPv4 addresses whose every packet has to pass the rules. */
  byRules(): string[] {
    return this.#restrictions()
      .flatMap(({ addresses }) => addresses)
      .filter((address) => !address.includes(":"));
  }

  #restrictions(): Restriction[] {
    const addresses = this.options.addresses();
    return [...this.current().devices].flatMap(([mac, { offline, download, upload }]) =>
      offline === null && download === null && upload === null
        ? []
        : [{ mac, addresses: addresses.get(mac) ?? [], isOffline: offline !== null, download, upload }],
    );
  }

  #sleepUntilDue(): void {
    this.#sleep?.();
    const { until } = this.current();
    if (until === null) return;
    this.#sleep = this.#after(Math.min(until - this.#now(), LONGEST_SLEEP_MS), () => {
      this.look();
      this.#sleepUntilDue();
    });
  }
}

function timer(milliseconds: number, wake: () => void): () => void {
  const timer = setTimeout(wake, milliseconds);
  return () => clearTimeout(timer);
}

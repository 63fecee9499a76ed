import { parseMac } from "../../addr/mac.ts";
import type { Config, LanConfig } from "../../config/schema.ts";
import type { Ipv6Address, RouteSnapshot } from "../../linux/netlink/route.ts";
import type { ChosenForIpv6 } from "../../render/ipv6.ts";
import { bridgeOf, type Ipv6Side } from "../../render/network.ts";
import { globalPrefixes, type Prefixes, succeeded } from "./prefixes.ts";
import { Reachable } from "./reachable.ts";

/** What is kept over a reboot. */
interface Kept {
  ula: string;
  subnets: Record<string, number>;
  /** Those of each network, by its name. */
  prefixes: Record<string, Prefixes>;
}

export interface Ipv6Memory {
  ipv6(): Kept | undefined;
  keepIpv6(kept: Kept): Promise<void>;
}

/** What was chosen for the home's IPv6, and how the Internet reaches the devices with pinholes. */
export class Ipv6 {
  readonly #ula: string;
  #subnets: ReadonlyMap<string, number>;
  readonly #prefixes: Map<string, Prefixes>;
  readonly #reachable = new Reachable();

  constructor(private readonly memory: Ipv6Memory) {
    const { ula, subnets, prefixes } = memory.ipv6() ?? { ula: randomUla(), subnets: {}, prefixes: {} };
    this.#ula = ula;
    this.#subnets = new Map(Object.entries(subnets));
    this.#prefixes = new Map(Object.entries(prefixes));
  }

  /** Takes in what the kernel says now, and tells what there is to plan with. */
  chosen({ lans, ipv6 }: Config, { links, ipv6: state }: RouteSnapshot): ChosenForIpv6 {
    const indexOf = (lan: LanConfig) => links.find(({ name }) => name === bridgeOf(lan))?.index;
    for (const lan of lans)
      this.#note(
        lan.name,
        state.addresses.filter(({ link }) => link === indexOf(lan)),
      );
    const bridges = lans.filter(({ internet }) => internet).flatMap((lan) => indexOf(lan) ?? []);
    const devices = new Set(ipv6.pinholes.flatMap(({ device }) => parseMac(device) ?? []));
    this.#reachable.update([...devices], bridges, state);
    return {
      ula: this.#ula,
      subnets: this.#subnets,
      former: new Map(Array.from(this.#prefixes, ([name, { former }]) => [name, former])),
      reachable: this.#reachable.addresses(bridges, state),
    };
  }

  #note(network: string, addresses: readonly Ipv6Address[]): void {
    const before = this.#prefixes.get(network) ?? { now: [], former: [] };
    this.#prefixes.set(network, succeeded(before, globalPrefixes(addresses)));
  }

  /** Remembers what the plan made of it. */
  async keep(planned: Ipv6Side | undefined): Promise<void> {
    if (planned === undefined) return;
    this.#subnets = planned.subnets;
    await this.memory.keepIpv6({
      ula: this.#ula,
      subnets: Object.fromEntries(planned.subnets),
      prefixes: Object.fromEntries(this.#prefixes),
    });
  }
}

/** A prefix that no other home has: fd00::/8 and 40 random bits (RFC 4193, 3.2). */
function randomUla(): string {
  const [a = 0, b = 0, c = 0] = crypto.getRandomValues(new Uint16Array(3));
  const groups = [0xfd00 | (a & 0xff), b, c].map((group) => group.toString(16));
  return `${groups.join(":")}::/48`;
}

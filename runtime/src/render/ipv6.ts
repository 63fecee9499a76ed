import { formatAddress, parseAddress } from "../addr/ipv6.ts";
import type { Mac } from "../addr/mac.ts";
import type { Config } from "../config/schema.ts";
import type { Ipv6Side } from "./network.ts";

/** What was chosen before, and what is known of the devices. */
export interface ChosenForIpv6 {
  /** The prefix that was made for this home, which is used unless the owner gave another. */
  ula: string;
  /** Each network's number so far, also of networks that are no more, by its name. */
  subnets: ReadonlyMap<string, number>;
  /** Prefixes that the provider has taken back, by the name of the network that had them. */
  former: ReadonlyMap<string, readonly string[]>;
  reachable: ReadonlyMap<Mac, readonly string[]>;
}

/** How IPv6 is laid out in this home; undefined where it is switched off. */
export function planIpv6(config: Config, chosen: ChosenForIpv6 | undefined): Ipv6Side | undefined {
  if (chosen === undefined || !config.ipv6.enabled) return undefined;
  const { ula } = config.ipv6;
  return {
    ula: ula === "auto" ? chosen.ula : ula,
    subnets: numbered(
      config.lans.map(({ name }) => name),
      chosen.subnets,
    ),
    former: chosen.former,
    reachable: chosen.reachable,
  };
}

/**
 * A network keeps its number as long as it is there, whatever others come and go; a new one takes the lowest that is free, for
 * the provider's prefix may have few. The owner's network is the first to get one.
 */
function numbered(names: readonly string[], before: ReadonlyMap<string, number>): Map<string, number> {
  const numbers = new Map(
    names.flatMap((name) => {
      const number = before.get(name);
      return number === undefined ? [] : [[name, number] as const];
    }),
  );
  const taken = new Set(numbers.values());
  for (const name of names) {
    if (numbers.has(name)) continue;
    let free = 0;
    while (taken.has(free)) free++;
    taken.add(free);
    numbers.set(name, free);
  }
  return numbers;
}

/** The prefix of 64 bits of the network named `name` within the home's own, such as "fd12:3456:789a:1::/64". */
export function ulaPrefix(ipv6: Ipv6Side, name: string): string {
  return `${withinUla(ipv6, name, "::")}/64`;
}

/** The router's own address in that network, as RFC 5952 spells it. */
export function ulaAddress(ipv6: Ipv6Side, name: string): string {
  return withinUla(ipv6, name, "::1");
}

function withinUla({ ula, subnets }: Ipv6Side, name: string, host: string): string {
  const number = subnets.get(name) ?? 0;
  const words = parseAddress(`${ula.replace("::/48", "")}:${number.toString(16)}${host}`);
  if (words === undefined) throw new RangeError(`${ula} is no prefix of 48 bits`);
  return formatAddress(words);
}

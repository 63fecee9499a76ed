import { formatIPv4, type IPv4 } from "../../../addr/ipv4.ts";
import { contains } from "../../../addr/prefix.ts";
import type { NatPolicy } from "../../../nat/policy.ts";
import type { Complain, Lan, Wan } from "./configuration.ts";
import { parseHomeHost, parseHostAddress } from "./hosts.ts";
import type { DataplaneConfig } from "./schema.ts";

/** The host that gets what nothing else is there for. */
export function parseDmz(
  { dmz, mapped = [] }: DataplaneConfig,
  lans: readonly Lan[],
  complain: Complain,
): IPv4 | null {
  if (dmz === null || dmz === undefined) return null;
  const address = parseHomeHost("dmz", dmz, lans, complain);
  // It would answer from an address that nobody had asked.
  const other = mapped.findIndex(({ internal }) => internal === dmz);
  if (other >= 0) complain("dmz", `${dmz} has an external address of its own, mapped.${other}`);
  return address ?? null;
}

/** Hosts with an external address of their own; meaningless after a fault. */
export function parseMapped(
  mapped: NonNullable<DataplaneConfig["mapped"]>,
  wan: Wan | null,
  lans: readonly Lan[],
  complain: Complain,
): NatPolicy["mapped"] {
  const pairs = mapped.map((pair, i) => ({
    external: parseHostAddress(`mapped.${i}.external`, pair.external, complain) ?? 0,
    internal: parseHomeHost(`mapped.${i}.internal`, pair.internal, lans, complain) ?? 0,
  }));
  pairs.forEach(({ external, internal }, i) => {
    const address = formatIPv4(external);
    if (external !== 0 && external === wan?.address) {
      complain(`mapped.${i}.external`, `${address} is the router's own external address`);
    }
    const lan = external === 0 ? -1 : lans.findIndex(({ prefix }) => contains(prefix, external));
    if (lan >= 0) complain(`mapped.${i}.external`, `${address} lies in the network of lans.${lan}`);
    for (const [field, value] of Object.entries({ external, internal })) {
      const same = pairs.findIndex((pair) => pair[field as "external" | "internal"] === value);
      if (value === 0 || same === i) continue;
      complain(`mapped.${i}.${field}`, `${formatIPv4(value)} is that of mapped.${same}, too`);
    }
  });
  return pairs;
}

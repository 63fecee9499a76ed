import { formatIPv4 } from "../addr/ipv4.ts";
import type { Forward } from "../nat/policy.ts";
import { TRANSPORT_NAMES } from "../nat/transport.ts";
import { braces, ENDPOINT, EXTERNAL, NAT_TABLE } from "./nat-text.ts";

/**
 * Sets and maps that are filled with the ruleset, so that nothing in them outlives the configuration that said it. Ranges of
 * ports are one element each, but for ports that differ inside, which a map can only tell one by one (`out`, `in_port`).
 */
export const FORWARDS = {
  set: { forwards_preserved: `type ${ENDPOINT}; flags interval;` },
  map: {
    forwards_in_addr: `type ${EXTERNAL} : ipv4_addr; flags interval;`,
    forwards_out: `type ${ENDPOINT} : inet_service;`,
    forwards_in_port: `type ${EXTERNAL} : inet_service;`,
  },
} as const;
type Name = keyof (typeof FORWARDS)["set"] | keyof (typeof FORWARDS)["map"];

/** Consecutive ports outside that lead to consecutive ports of one host. */
interface Range extends Forward {
  count: number;
}

/** Commands that put the forwards in the place of those there were. */
export function forwardElements(forwards: readonly Forward[]): string[] {
  const flushes = (["set", "map"] as const).flatMap((kind) =>
    Object.keys(FORWARDS[kind]).map((name) => `flush ${kind} ip ${NAT_TABLE} ${name}`),
  );
  const ranges = rangesOf(forwards);
  const changed = forwards.filter((forward) => !isPreserved(forward));
  return [
    ...flushes,
    ...add("forwards_in_addr", ranges, (range) => [`${outside(range)}`, formatIPv4(range.address)]),
    ...add("forwards_preserved", ranges.filter(isPreserved), (range) => [inside(range)]),
    ...add("forwards_out", changed, (forward) => [inside(forward), `${forward.externalPort}`]),
    ...add("forwards_in_port", changed, (forward) => [outside(forward), `${forward.port}`]),
  ];
}

function add<Item>(name: Name, items: readonly Item[], spell: (item: Item) => string[]): string[] {
  const elements = items.map((item) => spell(item).join(" : "));
  return elements.length === 0 ? [] : [`add element ip ${NAT_TABLE} ${name} ${braces(elements)}`];
}

function rangesOf(forwards: readonly Forward[]): Range[] {
  const ranges: Range[] = [];
  for (const forward of forwards) {
    const last = ranges.at(-1);
    if (last !== undefined && isNext(last, forward)) last.count++;
    else ranges.push({ ...forward, count: 1 });
  }
  return ranges;
}

function isNext(range: Range, { transport, address, externalPort, port }: Forward): boolean {
  const { count } = range;
  return (
    range.transport === transport &&
    range.address === address &&
    range.externalPort + count === externalPort &&
    range.port + count === port
  );
}

function isPreserved({ externalPort, port }: Forward): boolean {
  return externalPort === port;
}

function outside({ transport, externalPort, count }: Forward & { count?: number }): string {
  return `${TRANSPORT_NAMES[transport]} . ${ports(externalPort, count)}`;
}

function inside({ transport, address, port, count }: Forward & { count?: number }): string {
  return `${TRANSPORT_NAMES[transport]} . ${formatIPv4(address)} . ${ports(port, count)}`;
}

function ports(first: number, count = 1): string {
  return count === 1 ? `${first}` : `${first}-${first + count - 1}`;
}

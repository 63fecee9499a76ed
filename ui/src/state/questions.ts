import type { DnsQuestion } from "../api/recorded.ts";

/** A name that a device asked for, as often as it did. */
export interface AskedName {
  name: string;
  count: number;
  /** When it was last asked for. */
  at: number;
  /** Record types, such as "A" and "AAAA". */
  types: string[];
  outcome: string;
  addresses: string[];
}

/** Questions by name, the latest first. A name is answered when one of the types that were asked for last is. */
export function askedNames(questions: readonly DnsQuestion[]): AskedName[] {
  const names = new Map<string, AskedName>();
  for (const { name, at, type, outcome, addresses } of questions) {
    const asked = names.get(name);
    if (asked === undefined) {
      names.set(name, { name, count: 1, at, types: [type], outcome, addresses: [...addresses] });
      continue;
    }
    asked.count++;
    if (asked.types.includes(type)) continue;
    asked.types.push(type);
    asked.addresses.push(...addresses);
    if (outcome === "answered") asked.outcome = outcome;
  }
  return [...names.values()];
}

/** The names that contain every word of `filter`, or were answered with such an address. */
export function matchingNames(names: AskedName[], filter: string): AskedName[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return names;
  return names.filter(({ name, addresses, outcome }) => {
    const text = [name, outcome, ...addresses].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** What came of it: "104.18.2.1 and 3 more", "No such name". */
export function outcomeOf({ outcome, addresses }: AskedName): string {
  if (outcome !== "answered") return outcome.charAt(0).toUpperCase() + outcome.slice(1);
  const [first, ...others] = addresses;
  if (first === undefined) return "Answered, without an address";
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

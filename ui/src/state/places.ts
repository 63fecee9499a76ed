import type { GroupKey, TrafficTotal } from "../api/traffic.ts";

/** Somewhere a device talks to: every address of one name, or one address without a name. */
export interface Place {
  /** A name, an address, or "others". */
  title: string;
  /** How the name is known; undefined where there is none. */
  evidence: GroupKey["evidence"];
  domain: string | undefined;
  addresses: string[];
  /** What it is for, in plain words, as far as that is known. */
  purposes: string[];
  up: number;
  down: number;
}

/** Remotes by name, most bytes first. `purposeOf` says what an address is used for, where a connection tells. */
export function placesOf(
  totals: readonly TrafficTotal[],
  purposeOf: (address: string) => string | undefined,
): Place[] {
  const places = new Map<string, Place>();
  for (const { key, up, down } of totals) {
    const address = key.remote ?? "others";
    const title = key.name ?? address;
    const place = places.get(title) ?? emptyPlace(title, key);
    places.set(title, place);
    place.addresses.push(address);
    place.up += up;
    place.down += down;
    const purpose = key.service ?? purposeOf(address);
    if (purpose !== undefined && !place.purposes.includes(purpose)) place.purposes.push(purpose);
  }
  return [...places.values()].sort((a, b) => b.up + b.down - a.up - a.down || (a.title < b.title ? -1 : 1));
}

function emptyPlace(title: string, { evidence, domain }: GroupKey): Place {
  return { title, evidence, domain, addresses: [], purposes: [], up: 0, down: 0 };
}

/** The places whose name, addresses or purposes contain every word of `filter`. */
export function matchingPlaces(places: Place[], filter: string): Place[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return places;
  return places.filter(({ title, addresses, purposes }) => {
    const text = [title, ...addresses, ...purposes].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** What a device's traffic is for, in one line: "web 96 %, calls and games 3 %, clock under 1 %". */
export function usesOf(totals: readonly TrafficTotal[], most: number): string {
  const uses = new Map<string, number>();
  let all = 0;
  for (const { key, up, down } of totals) {
    // "web (QUIC)" is the web, too.
    const use = (key.service ?? "other").replace(/ \(.*\)$/, "");
    uses.set(use, (uses.get(use) ?? 0) + up + down);
    all += up + down;
  }
  return [...uses]
    .filter(([, bytes]) => bytes > 0)
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([use, bytes]) => `${use} ${percent(bytes / all)}`)
    .join(", ");
}

function percent(part: number): string {
  return part < 0.01 ? "under 1\u{a0}%" : `${Math.round(part * 100)}\u{a0}%`;
}

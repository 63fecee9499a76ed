import type { GroupKey } from "../../api/traffic.ts";
import type { Place } from "../../state/places.ts";

/** How the name of a place is known, in few words and in full. */
export const EVIDENCE: Record<NonNullable<GroupKey["evidence"]>, { brief: string; full: string }> = {
  asked: {
    brief: "asked for",
    full: "The device asked the router for this name and went where the answer led.",
  },
  "server-name": {
    brief: "named on connecting",
    full: "The device named it when it connected (TLS server name).",
  },
  reverse: { brief: "by its address", full: "This is what the owner of the address calls it (reverse DNS)." },
};

/** In small print under a place: "web, asked for, 3 addresses". */
export function aboutPlace({ title, evidence, purposes, addresses }: Place): string {
  const facts = [...purposes];
  if (title === "others") facts.push("too many at once to tell apart");
  else facts.push(evidence === undefined ? "no name known" : EVIDENCE[evidence].brief);
  if (addresses.length > 1) facts.push(`${addresses.length} addresses`);
  return facts.join(", ");
}

/** The same in full, for who wants to know. */
export function aboutPlaceInFull({ evidence, addresses }: Place): string {
  const reason = evidence === undefined ? "No name is known for this address." : EVIDENCE[evidence].full;
  return `${reason}\n${addresses.slice(0, 12).join("\n")}${addresses.length > 12 ? "\n…" : ""}`;
}

export function titleOfPlace({ title }: Place): string {
  return title === "others" ? "Other places" : title;
}

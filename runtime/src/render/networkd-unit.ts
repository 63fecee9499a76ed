import type { RenderedFile } from "./network.ts";

/** What the names of our units start with; before Debian's own 80- and 99- units, so ours match first. */
export const UNIT_PREFIX = "70-gatehouse-";

/** A list stands for one line each. */
export type Section = [name: string, entries: Record<string, string | readonly string[]>];

/** Boot must not wait for a cable; the router is useful to its owner without one. */
export const LINK: Section = ["Link", { RequiredForOnline: "no" }];

export const WITHOUT_IPV6 = { LinkLocalAddressing: "no", IPv6AcceptRA: "no" };

/** Packets whose source does not belong on this side are dropped (RFC 2827, RFC 3704 2.2). */
export const FORWARDING = { IPv4Forwarding: "yes", IPv6Forwarding: "no", IPv4ReversePathFilter: "strict" };
/** Of several ways out each gets answers, whichever is preferred now (RFC 3704 2.4). */
export const ONE_OF_SEVERAL = { ...FORWARDING, IPv4ReversePathFilter: "loose" };

export function unit(suffix: string, sections: readonly Section[]): RenderedFile {
  const text = sections.map(([name, entries]) => {
    const lines = Object.entries(entries).flatMap(([key, value]) =>
      [value].flat().map((line) => `${key}=${line}\n`),
    );
    return `[${name}]\n${lines.join("")}`;
  });
  return { name: `${UNIT_PREFIX}${suffix}`, text: text.join("\n") };
}

import { spanOf } from "./port-span.ts";
import type { Config } from "./schema.ts";

type Rule = Config["rules"][number];

/** What the devices of one network may do with another, in words. */
export interface Reach {
  from: string;
  /** A network of the home, or "internet", or "router" for the router's page. */
  to: string;
  verdict: "all" | "some" | "none";
  /** One sentence each. */
  sentences: string[];
}

/** Who may reach whom: of each network the Internet, the router's page and every other network. */
export function reachOf({ lans, rules }: Pick<Config, "lans" | "rules">): Reach[] {
  return lans.flatMap((lan) => [
    plain(lan.name, "internet", lan.internet, "the Internet"),
    plain(lan.name, "router", lan.router, "the router's page"),
    ...lans.filter((other) => other !== lan).map((other) => between(lan.name, other.name, rules)),
  ]);
}

function plain(from: string, to: string, isAllowed: boolean, words: string): Reach {
  return {
    from,
    to,
    verdict: isAllowed ? "all" : "none",
    sentences: [`Devices in ${from} ${isAllowed ? "may" : "may not"} reach ${words}.`],
  };
}

function between(from: string, to: string, rules: readonly Rule[]): Reach {
  const own = rules.filter((rule) => rule.from === from && rule.to === to);
  if (own.length === 0)
    return { from, to, verdict: "none", sentences: [`Devices in ${from} may not reach ${to}.`] };
  const everything = own.find((rule) => rule.host === null && rule.protocol === "any");
  if (everything !== undefined)
    return { from, to, verdict: "all", sentences: [`Devices in ${from} may reach ${to}.`] };
  return { from, to, verdict: "some", sentences: own.map(ruleSentence) };
}

/** What a rule allows, in words. */
export function ruleSentence(rule: Rule): string {
  const whom = rule.host === null ? rule.to : `${rule.host} in ${rule.to}`;
  return `Devices in ${rule.from} may reach ${whom}${service(rule)}.`;
}

function service({ protocol, ports }: Rule): string {
  if (protocol === "any") return "";
  const name = protocol.toUpperCase();
  if (ports === null) return ` over ${name}`;
  const { first, last } = spanOf(ports);
  return first === last ? ` on ${name} port ${first}` : ` on ${name} ports ${first} to ${last}`;
}

import { formatIPv4 } from "../addr/ipv4.ts";
import { hostAddress } from "../config/lan.ts";
import type { Config } from "../config/schema.ts";
import type { LanSide, Network } from "./network.ts";

type Rule = Config["rules"][number];

/** nft rules for what passes between networks of the home: answers, and what a rule of the configuration allows. */
export function renderLanRules({ config, lans }: Network): string[] {
  if (config.rules.length === 0) return [];
  const all = names(lans.map(({ bridge }) => bridge));
  return [
    `iifname ${all} oifname ${all} ct state established,related accept`,
    ...config.rules.flatMap((rule) => allowed(rule, lans)),
  ];
}

function allowed(rule: Rule, lans: readonly LanSide[]): string[] {
  const from = lans.find(({ config }) => config.name === rule.from);
  const to = lans.find(({ config }) => config.name === rule.to);
  if (from === undefined || to === undefined) return [];
  const host = rule.host === null ? "" : ` ip daddr ${formatIPv4(hostAddress(to.prefix, rule.host))}`;
  const what = rule.protocol === "any" ? "" : ` ${service(rule.protocol, rule.ports)}`;
  return [`iifname "${from.bridge}" oifname "${to.bridge}"${host}${what} accept`];
}

function service(protocol: "tcp" | "udp", ports: Rule["ports"]): string {
  return ports === null ? `meta l4proto ${protocol}` : `${protocol} dport ${ports}`;
}

/** Names of interfaces as nft takes one or a set of them. */
export function names(interfaces: readonly string[]): string {
  const quoted = interfaces.map((name) => `"${name}"`);
  return quoted.length === 1 ? quoted.join("") : `{ ${quoted.join(", ")} }`;
}

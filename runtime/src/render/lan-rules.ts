import { formatIPv4 } from "../addr/ipv4.ts";
import { hostAddress } from "../config/lan.ts";
import type { Config } from "../config/schema.ts";
import type { LanSide, Network } from "./network.ts";

type Rule = Config["rules"][number];

/**
 * nft rules for what passes between networks of the home: what a rule of the configuration allows, and its answers. A connection lasts
 * no longer than the rule that allowed it.
 */
export function renderLanRules({ config, lans }: Network): string[] {
  const pairs = new Map(config.rules.map((rule) => [`${rule.from} ${rule.to}`, rule]));
  return [
    ...[...pairs.values()].flatMap((rule) => answers(rule, lans)),
    ...config.rules.flatMap((rule) => allowed(rule, lans)),
  ];
}

/** Of what the one network has begun; and the errors that it sends itself, which no rule on ports would know. */
function answers({ from, to }: Rule, lans: readonly LanSide[]): string[] {
  const [asker, asked] = [bridgeNamed(from, lans), bridgeNamed(to, lans)];
  if (asker === undefined || asked === undefined) return [];
  return [
    `iifname "${asked}" oifname "${asker}" ct direction reply ct state established,related accept`,
    `iifname "${asker}" oifname "${asked}" ct direction original ct state related accept`,
  ];
}

function bridgeNamed(name: string, lans: readonly LanSide[]): string | undefined {
  return lans.find(({ config }) => config.name === name)?.bridge;
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

import { parseMac } from "../addr/mac.ts";
import { type Fault, repeated } from "./faults.ts";
import { lanHost } from "./lan-agreement.ts";
import { spanOf } from "./port-span.ts";
import type { Config } from "./schema.ts";

type Hours = Config["devices"][number]["offline"];

/** Faults in what refers to networks, groups and devices, each reference well-formed. */
export function* policyDisagreements(config: Config): Generator<Fault> {
  const { rules, discovery, devices, groups, ipv6, wifi } = config;
  for (const [i, rule] of rules.entries()) {
    yield* network(config, rule.from, `rules.${i}.from`);
    yield* network(config, rule.to, `rules.${i}.to`);
    if (rule.from === rule.to) {
      yield {
        path: `rules.${i}.to`,
        message: `within ${rule.to} devices reach each other without a rule`,
        fix: "name another network, or take the rule out",
      };
    }
    const asked = config.lans.find(({ name }) => name === rule.to);
    if (rule.host !== null && asked !== undefined) yield* lanHost(asked, `rules.${i}.host`, rule.host);
    yield* ports(rule, `rules.${i}`);
  }
  for (const [i, name] of discovery.entries()) yield* network(config, name, `discovery.${i}`);
  for (const [i, pinhole] of ipv6.pinholes.entries()) yield* ports(pinhole, `ipv6.pinholes.${i}`);
  yield* repeated(
    devices,
    ({ mac }) => parseMac(mac),
    (i, j) => ({
      path: `devices.${i}.mac`,
      message: `${devices[i]!.mac} is the device of devices.${j} already`,
      fix: "take one of the two out",
    }),
  );
  yield* repeated(
    groups,
    ({ name }) => name,
    (i, j) => ({
      path: `groups.${i}.name`,
      message: `${groups[i]!.name} is the name of groups.${j} already`,
      fix: "give each group its own name",
    }),
  );
  for (const [i, { group, offline }] of devices.entries()) {
    if (group !== null && !groups.some(({ name }) => name === group)) {
      yield {
        path: `devices.${i}.group`,
        message: `there is no group ${group}`,
        fix: groups.length === 0 ? "make it in groups, or give null" : `give ${list(groups)}, or null`,
      };
    }
    yield* hours(offline, `devices.${i}.offline`);
  }
  for (const [i, { offline }] of groups.entries()) yield* hours(offline, `groups.${i}.offline`);
  for (const [i, { off }] of wifi.networks.entries()) yield* hours(off, `wifi.networks.${i}.off`);
}

/** What is wrong with `name`, the value of the field `path`, where a network of the home has to stand. */
export function* network({ lans }: Config, name: string, path: string): Generator<Fault> {
  if (lans.some((lan) => lan.name === name)) return;
  yield { path, message: `there is no network ${name}`, fix: `give ${list(lans)}` };
}

function* ports(rule: { protocol: string; ports: number | string | null }, path: string): Generator<Fault> {
  if (rule.ports === null) return;
  if (rule.protocol === "any") {
    yield {
      path: `${path}.protocol`,
      message: "ports belong to a protocol, and any is given",
      fix: "give tcp or udp, or make ports null",
    };
  }
  const { first, last } = spanOf(rule.ports);
  if (first > last) {
    yield {
      path: `${path}.ports`,
      message: `${rule.ports} ends before it begins`,
      fix: `give ${last}-${first}`,
    };
  }
}

function* hours(spans: Hours, path: string): Generator<Fault> {
  for (const [i, { from, to }] of spans.entries()) {
    if (from === to) {
      yield {
        path: `${path}.${i}.to`,
        message: `it ends when it begins, at ${from}`,
        fix: "give the whole day as 00:00 to 23:59, or another time",
      };
    }
  }
}

function list(named: readonly { name: string }[]): string {
  return named.map(({ name }) => name).join(" or ");
}

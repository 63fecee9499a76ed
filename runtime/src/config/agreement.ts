import { parseIPv4 } from "../addr/ipv4.ts";
import { contains } from "../addr/prefix.ts";
import type { Fault } from "./faults.ts";
import { hostAddress } from "./lan.ts";
import { AUTO_NETWORK, fixedPrefix, lanDisagreements, lanHost } from "./lan-agreement.ts";
import { natDisagreements } from "./nat-agreement.ts";
import { policyDisagreements } from "./policy-agreement.ts";
import { portDisagreements } from "./port-agreement.ts";
import type { Config, HostAddress, LanConfig } from "./schema.ts";
import { trafficDisagreements } from "./traffic-agreement.ts";
import { wanDisagreements } from "./wan-agreement.ts";
import { wifiDisagreements } from "./wifi-agreement.ts";

/** Faults between fields that are each well-formed. */
export function disagreements(config: Config): Fault[] {
  return [
    ...domain(config),
    ...timezone(config),
    ...wanDisagreements(config),
    ...lanDisagreements(config),
    ...portDisagreements(config),
    ...upstreams(config),
    ...nat(config),
    ...policyDisagreements(config),
    ...trafficDisagreements(config),
    ...wifiDisagreements(config),
  ];
}

function* domain({ domain }: Config): Generator<Fault> {
  if (domain === "local" || domain.endsWith(".local")) {
    yield {
      path: "domain",
      message:
        "local belongs to multicast DNS (RFC 6762), so devices would not ask the router for these names",
      fix: "choose another one such as lan or home.arpa",
    };
  }
}

function* timezone({ timezone }: Config): Generator<Fault> {
  try {
    new Intl.DateTimeFormat("en", { timeZone: timezone });
  } catch {
    yield {
      path: "timezone",
      message: `${timezone} is no time zone that is known here`,
      fix: "give continent and city as in Europe/Berlin, or UTC",
    };
  }
}

function* upstreams({ dns, lans }: Config): Generator<Fault> {
  if (dns.upstreams === "auto") return;
  const own = lans.map((lan) => fixedPrefix(lan)?.address);
  for (const [i, text] of dns.upstreams.entries()) {
    const address = parseIPv4(text) ?? 0;
    const isLoop = own.includes(address) || address >>> 24 === 127;
    if (isLoop || address === 0) {
      yield {
        path: `dns.upstreams.${i}`,
        message: `${text} is the router itself, so names would be asked in a circle`,
        fix: "give a name server of the Internet or of the provider, or auto",
      };
    }
  }
}

/** Hosts are counted in the first network; absolute addresses may lie in any. */
function* nat(config: Config): Generator<Fault> {
  const { nat } = config;
  const hosts: [string, HostAddress | null][] = [
    ["nat.dmz", nat.dmz],
    ...nat.forwards.map(({ to }, i): [string, HostAddress] => [`nat.forwards.${i}.to`, to]),
    ...nat.mapped.map(({ to }, i): [string, HostAddress] => [`nat.mapped.${i}.to`, to]),
  ];
  for (const [path, host] of hosts) {
    if (host === null) continue;
    const lan = lanOf(config, host);
    const prefix = fixedPrefix(lan) ?? AUTO_NETWORK;
    yield* lanHost(lan, path, host);
    if (hostAddress(prefix, host) === (fixedPrefix(lan)?.address ?? 1)) {
      yield { path, message: `${host} is the router itself`, fix: "name a device" };
    }
  }
  yield* natDisagreements(config, fixedPrefix(config.lans[0]!) ?? AUTO_NETWORK);
}

function lanOf({ lans }: Config, host: HostAddress): LanConfig {
  const address = typeof host === "number" ? undefined : parseIPv4(host);
  if (address === undefined) return lans[0]!;
  const holds = (lan: LanConfig) => {
    const prefix = fixedPrefix(lan);
    return prefix !== undefined && contains(prefix, address);
  };
  return lans.find(holds) ?? lans[0]!;
}

import {
  formatPrefix,
  network as networkAddress,
  overlaps,
  type Prefix,
  parsePrefix,
} from "../addr/prefix.ts";
import { chooseLanPrefix, LAN_CANDIDATES } from "../config/lan.ts";
import { choosePorts, type Link } from "../config/ports.ts";
import type { Config } from "../config/schema.ts";
import { type ChosenForIpv6, planIpv6 } from "./ipv6.ts";
import { bridgeOf, type LanSide, type Network, type WanSide, wanInterface } from "./network.ts";
import type { AccessPoint } from "./wifi/radios.ts";

/** What the router shall be on this machine, and what its owner should know about the choices. */
export interface Plan {
  network: Network;
  notes: string[];
  /** Set while home and provider use the same network. */
  clash: string | null;
  /** Set when the home's network is another than before, for the provider uses that one. */
  moved: string | null;
}

/** What the machine has, and what was chosen before. */
export interface Surroundings {
  links: readonly Link[];
  /** The networks of the interface `name`. */
  prefixesOf(name: string): Prefix[];
  /** The automatic networks so far, by the name of the home's network. */
  current: ReadonlyMap<string, Prefix>;
  /** The automatic WAN port that has had an address. */
  provenWan: string | undefined;
  /** Names of the ways to the Internet that do not work now. */
  failing: ReadonlySet<string>;
  /** undefined where IPv6 is out of the question. */
  ipv6?: ChosenForIpv6;
  /** What the radios send now with that configuration; null: it is not known yet what they can do. */
  accessPoints(config: Config): AccessPoint[] | null;
}

/** Of ways to the Internet in order of preference. */
const METRIC_STEP = 100;
/** The first way's table is the next one. */
const WAN_TABLES = 80;

/** Gives every port its side and every network of the home its addresses. */
export function planNetwork(config: Config, surroundings: Surroundings): Plan {
  const { notes, ...ports } = choosePorts(surroundings.links, config, surroundings.provenWan);
  const wans = planWans(config, ports.wans, surroundings.links);
  const provided = wans.flatMap((wan) => surroundings.prefixesOf(wan.interface));
  const prefixes = planPrefixes(config, provided, surroundings.current);
  const lans = config.lans.map(
    (lan, i): LanSide => ({ config: lan, bridge: bridgeOf(lan), prefix: prefixes[i]!, ...ports.lans[i]! }),
  );
  return {
    network: {
      config,
      wans,
      wan: wans.find(({ config }) => !surroundings.failing.has(config.name)) ?? wans[0],
      lans: lans as Network["lans"],
      idle: ports.idle,
      ipv6: planIpv6(config, surroundings.ipv6),
      radios: ports.radios,
      accessPoints: surroundings.accessPoints(config),
    },
    notes,
    clash: firstOf(lans, ({ prefix }) => clashNote(prefix, provided)),
    moved: firstOf(lans, (lan) => moveNote(lan, surroundings.current.get(lan.config.name))),
  };
}

function planWans(
  config: Config,
  ports: readonly (string | undefined)[],
  links: Surroundings["links"],
): WanSide[] {
  return config.wans.flatMap((wan, i) => {
    const port = ports[i];
    if (port === undefined) return [];
    // Said in either case: networkd leaves a link the address it was once given.
    const mac = wan.mac ?? links.find(({ name }) => name === port)?.permanentMac;
    const rank = { metric: METRIC_STEP * (i + 1), table: WAN_TABLES + i + 1 };
    return [{ config: wan, port, interface: wanInterface(wan, port), mac, ...rank }];
  });
}

/** Automatic networks keep clear of the providers', of those the owner fixed, and of each other. */
function planPrefixes(
  config: Config,
  provided: readonly Prefix[],
  current: ReadonlyMap<string, Prefix>,
): Prefix[] {
  const fixed = config.lans.map(({ address }) => (address === "auto" ? undefined : parsePrefix(address)));
  const taken = [...provided, ...fixed.flatMap((prefix) => prefix ?? [])];
  return config.lans.map(({ name }, i) => {
    const own = fixed[i];
    if (own !== undefined) return own;
    const before = current.get(name);
    const chosen = chooseLanPrefix(before, taken) ?? before ?? LAN_CANDIDATES[i % LAN_CANDIDATES.length]!;
    taken.push(chosen);
    return chosen;
  });
}

/** The networks of the home that were chosen for it. */
export function automaticPrefixes(lans: readonly LanSide[]): Map<string, Prefix> {
  return new Map(
    lans.flatMap(({ config, prefix }) => (config.address === "auto" ? [[config.name, prefix] as const] : [])),
  );
}

function firstOf<Item>(items: readonly Item[], noteOf: (item: Item) => string | null): string | null {
  for (const item of items) {
    const note = noteOf(item);
    if (note !== null) return note;
  }
  return null;
}

function clashNote(prefix: Prefix, provided: readonly Prefix[]): string | null {
  return provided.some((provider) => overlaps(provider, prefix))
    ? `The provider uses the home's network ${networkText(prefix)} too, so the Internet cannot be reached; choose another network for the home.`
    : null;
}

function moveNote({ config, prefix }: LanSide, before: Prefix | undefined): string | null {
  if (config.address !== "auto" || before === undefined) return null;
  return networkAddress(prefix) === networkAddress(before)
    ? null
    : `The provider uses the network the home had; the home moved to ${networkText(prefix)}.`;
}

function networkText(prefix: Prefix): string {
  return formatPrefix({ address: networkAddress(prefix), length: prefix.length });
}

import { INTERFACE_NAME } from "./fields.ts";
import { isFurtherNetwork } from "./radio.ts";
import type { Config, LanConfig, WanConfig } from "./schema.ts";

/** A network interface: physical Ethernet (also a virtual machine's), a radio's interface, or anything else. */
export interface Link {
  name: string;
  medium: "ethernet" | "radio" | "virtual";
  /** The hardware address it was built with, whatever it has now; undefined where it has none. */
  permanentMac?: string | undefined;
}

/** What each port is for. */
export interface PortChoice {
  /** Of each way to the Internet its port; undefined where that is not there. */
  wans: (string | undefined)[];
  /** Of each network those of its ports that are there, untagged and tagged. */
  lans: { ports: string[]; tagged: string[] }[];
  /** Ethernet ports that serve nothing. */
  idle: string[];
  /** Radios that serve wireless networks; empty while none has a passphrase. */
  radios: string[];
  /** What a person should know about the choice and cannot see from it, one sentence each. */
  notes: string[];
}

/**
 * Gives each port its side. Automatic choice: of the physical Ethernet ports that the configuration does not name, the first in
 * natural order of names (eth2 before eth10) is the WAN, the others are the LAN. `proven` is a port that was the automatic WAN and
 * had an address there: it stays the WAN whatever is plugged in beside it, and while it is away no port of the home takes its place.
 * Ports named in the configuration are taken whatever they are, if they exist. Names that other programs' files could not quote are
 * passed over; the kernel allows them, but no driver gives them.
 */
export function choosePorts(links: readonly Link[], config: Config, proven?: string): PortChoice {
  const sorted = links
    .filter(({ name }) => INTERFACE_NAME.test(name))
    .sort((a, b) => NATURAL.compare(a.name, b.name));
  const notes: string[] = [];
  const named = namedPorts(config);
  const unnamed = portNames(sorted).filter((name) => !named.has(name));
  const wans = config.wans.map((wan) => chooseWan(wan, sorted, unnamed, isKept(proven, named), notes));
  const lans = config.lans.map((lan) => chooseLan(lan, sorted, unnamed, wans, notes));
  const radios = chooseRadios(sorted, config);
  const used = new Set([...wans, ...lans.flatMap(({ ports, tagged }) => [...ports, ...tagged])]);
  const idle = portNames(sorted).filter((name) => !used.has(name));
  if (lans.every(({ ports, tagged }) => ports.length + tagged.length === 0))
    notes.push(withoutLan(wans, radios));
  return { wans, lans, idle, radios, notes };
}

const NATURAL = new Intl.Collator("en", { numeric: true });

function namedPorts({ wans, lans }: Config): Set<string> {
  return new Set([
    ...wans.map(({ port }) => port),
    ...lans.flatMap(({ ports, tagged }) => [...(ports === "auto" ? [] : ports), ...tagged]),
  ]);
}

function isKept(proven: string | undefined, named: ReadonlySet<string>): string | undefined {
  return proven !== undefined && !named.has(proven) ? proven : undefined;
}

function chooseWan(
  { port, name }: WanConfig,
  links: readonly Link[],
  unnamed: readonly string[],
  proven: string | undefined,
  notes: string[],
): string | undefined {
  const wanted = port === "auto" ? proven : port;
  if (wanted === undefined) return unnamed[0];
  if (links.some((link) => link.name === wanted)) return wanted;
  const remedy = port === "auto" ? "the router is restarted and chooses anew" : "another one is chosen";
  notes.push(`${wanted}, the port of ${name}, is not there: it is out of use until it is back or ${remedy}.`);
  return undefined;
}

function chooseLan(
  { name, ports, tagged }: LanConfig,
  links: readonly Link[],
  unnamed: readonly string[],
  wans: readonly (string | undefined)[],
  notes: string[],
): { ports: string[]; tagged: string[] } {
  const isThere = (port: string) => links.some((link) => link.name === port);
  const missing = [...(ports === "auto" ? [] : ports), ...tagged].filter((port) => !isThere(port));
  if (missing.length > 0) notes.push(`Not there, though named as ports of ${name}: ${missing.join(", ")}.`);
  return {
    ports: ports === "auto" ? unnamed.filter((port) => !wans.includes(port)) : ports.filter(isThere),
    tagged: tagged.filter(isThere),
  };
}

function chooseRadios(links: readonly Link[], { wifi }: Config): string[] {
  const isServing = wifi.networks.some(({ enabled, passphrase }) => enabled && passphrase !== null);
  if (!isServing) return [];
  const configOf = (name: string) =>
    wifi.radios.find((radio) => radio.interface === name) ??
    wifi.radios.find((radio) => radio.interface === "auto");
  return links
    .filter(
      ({ name, medium }) => medium === "radio" && !isFurtherNetwork(name) && configOf(name)?.enabled === true,
    )
    .map(({ name }) => name);
}

function withoutLan(wans: readonly (string | undefined)[], radios: readonly string[]): string {
  if (radios.length > 0) return "There is no Ethernet port for the home: devices join over Wi-Fi.";
  const wan = wans.find((port) => port !== undefined);
  return wan === undefined
    ? "No Ethernet port was found: no device can be served until one is plugged in."
    : `${wan} is the only Ethernet port and leads to the Internet: plug in another port, or turn Wi-Fi on, to serve devices.`;
}

function portNames(links: readonly Link[]): string[] {
  return links.filter(({ medium }) => medium === "ethernet").map(({ name }) => name);
}

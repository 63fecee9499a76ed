import { INTERFACE_NAME } from "./fields.ts";
import type { Config } from "./schema.ts";

/** A network interface: physical Ethernet (also a virtual machine's), a radio's interface, or anything else. */
export interface Link {
  name: string;
  medium: "ethernet" | "radio" | "virtual";
}

/** What each port is for. */
export interface PortChoice {
  wan: string | undefined;
  lan: string[];
  /** Ethernet ports that are neither. */
  idle: string[];
  /** Radios that serve the wireless network; empty while it is off. */
  radios: string[];
  /** What a person should know about the choice and cannot see from it, one sentence each. */
  notes: string[];
}

/**
 * Gives each port its side. Automatic choice: the first physical Ethernet port in natural order of names (eth2 before
 * eth10) is the WAN, the others are the LAN. `proven` is a port that was the WAN and had an address there: it stays the WAN
 * whatever is plugged in beside it, and while it is away no port of the home takes its place. Ports named in the configuration are taken whatever they are, if they exist.
 * Names that other programs' files could not quote are passed over; the kernel allows them, but no driver gives them.
 */
export function choosePorts(links: readonly Link[], config: Config, proven?: string): PortChoice {
  const sorted = links
    .filter(({ name }) => INTERFACE_NAME.test(name))
    .sort((a, b) => NATURAL.compare(a.name, b.name));
  const notes: string[] = [];
  const wan = chooseWan(sorted, config, proven, notes);
  const lan = chooseLan(sorted, config, wan, notes);
  const radios = chooseRadios(sorted, config, notes);
  const idle = portNames(sorted).filter((name) => name !== wan && !lan.includes(name));
  if (lan.length === 0) notes.push(withoutLan(wan, radios));
  return { wan, lan, idle, radios, notes };
}

const NATURAL = new Intl.Collator("en", { numeric: true });

function chooseWan(
  links: readonly Link[],
  { wan, lan }: Config,
  proven: string | undefined,
  notes: string[],
): string | undefined {
  const isFree = (name: string) => lan.ports === "auto" || !lan.ports.includes(name);
  const kept = proven !== undefined && isFree(proven) ? proven : undefined;
  const wanted = wan.port === "auto" ? kept : wan.port;
  if (wanted === undefined) return portNames(links).find(isFree);
  if (links.some(({ name }) => name === wanted)) return wanted;
  const remedy = wan.port === "auto" ? "the router is restarted and chooses anew" : "another one is chosen";
  notes.push(`The WAN port ${wanted} is not there: there is no Internet until it is back or ${remedy}.`);
  return undefined;
}

function chooseLan(
  links: readonly Link[],
  { lan, wan: { port } }: Config,
  wan: string | undefined,
  notes: string[],
): string[] {
  if (lan.ports === "auto") {
    return portNames(links).filter((name) => name !== wan && name !== port);
  }
  const there = lan.ports.filter((name) => links.some((link) => link.name === name));
  const missing = lan.ports.filter((name) => !there.includes(name));
  if (missing.length > 0) notes.push(`Not there, though named as LAN: ${missing.join(", ")}.`);
  return there;
}

function chooseRadios(links: readonly Link[], { wifi }: Config, notes: string[]): string[] {
  const [first, ...others] = links.filter(({ medium }) => medium === "radio").map(({ name }) => name);
  if (first === undefined || !wifi.enabled || wifi.passphrase === null) return [];
  if (others.length > 0) notes.push(`Only the radio ${first} is used; idle: ${others.join(", ")}.`);
  return [first];
}

function withoutLan(wan: string | undefined, radios: readonly string[]): string {
  if (radios.length > 0) return "There is no Ethernet port for the LAN: devices join over Wi-Fi.";
  return wan === undefined
    ? "No Ethernet port was found: no device can be served until one is plugged in."
    : `${wan} is the only Ethernet port and is the WAN: plug in another port, or turn Wi-Fi on, to serve devices.`;
}

function portNames(links: readonly Link[]): string[] {
  return links.filter(({ medium }) => medium === "ethernet").map(({ name }) => name);
}

import type { Mac } from "../addr/mac.ts";
import { names } from "./lan-rules.ts";

/** A table of its own: it changes by the hour and by a tap on the page, and the firewall need not be loaded anew for that. */
export const POLICY_TABLE = "gatehouse_policy";

/** Before the firewall's forward chain: what is refused here is refused, what is not goes on there. */
const PRIORITY = -210;

/** A device that is kept from the Internet, or is not as fast as the line. */
export interface Restriction {
  mac: Mac;
  /** The addresses that it has now, IPv4 and IPv6. */
  addresses: readonly string[];
  isOffline: boolean;
  /** Mbit/s; null: as the line allows. */
  download: number | null;
  upload: number | null;
}

/**
 * The nft transaction that puts `restrictions` into effect in place of those before, between the home's `bridges` and the Internet.
 * What leaves is known by its sender's hardware address, so that another IP address changes nothing, and by its IP address, behind a
 * repeater that sends under its own; what arrives is known by IP addresses. Without restrictions packets meet no rule of it.
 */
export function renderPolicy(bridges: readonly string[], restrictions: readonly Restriction[]): string {
  const offline = restrictions.filter(({ isOffline }) => isOffline);
  const limited = restrictions.filter(({ isOffline }) => !isOffline);
  const limits = limited.flatMap(limitsOf);
  if (bridges.length === 0 || (offline.length === 0 && limits.length === 0)) return replaced([]);
  const home = names(bridges);
  return replaced([
    ...limits.map(({ name, rate }) => `limit ${name} { ${rate} }`),
    "counter offline { }",
    "counter limited { }",
    ...chain("refuse_outbound", REFUSE_OUTBOUND),
    ...chain("refuse_inbound", REFUSE_INBOUND),
    ...chain("forward", [
      `type filter hook forward priority ${PRIORITY}; policy accept;`,
      // Within the home nobody is kept from anything here.
      `iifname ${home} oifname ${home} accept`,
      ...verdicts(`iifname ${home}`, "saddr", offline, "goto refuse_outbound"),
      ...verdicts(`oifname ${home}`, "daddr", offline, "goto refuse_inbound"),
      ...limiters(
        `iifname ${home}`,
        "saddr",
        limits.filter(({ way }) => way === "upload"),
      ),
      ...limiters(
        `oifname ${home}`,
        "daddr",
        limits.filter(({ way }) => way === "download"),
      ),
    ]),
  ]);
}

/** Programs understand at once that there is no way, and connections end; only what tells the other end so passes. */
const REFUSE_OUTBOUND = [
  "tcp flags rst limit rate 50/second burst 50 packets accept",
  "counter name offline",
  "meta l4proto tcp reject with tcp reset",
  "reject with icmpx admin-prohibited",
];

/**
 * A few segments of what is under way go on: the device's answer to each, a reset or what is refused with one, ends the connection
 * at both ends. Nothing else tells a program that only receives.
 */
const REFUSE_INBOUND = [
  "meta l4proto tcp limit rate 50/second burst 50 packets accept",
  "counter name offline drop",
];

type Way = "upload" | "download";
interface Limit {
  name: string;
  way: Way;
  rate: string;
  mac: Mac;
  addresses: readonly string[];
}

/** One for each way, of IPv4 and IPv6 together. */
function limitsOf({ mac, addresses, upload, download }: Restriction, index: number): Limit[] {
  return Object.entries({ upload, download }).flatMap(([way, megabits]) =>
    megabits === null
      ? []
      : [{ name: `${way}_${index}`, way: way as Way, rate: rateOver(megabits), mac, addresses }],
  );
}

/** Super-packets pass whole or not at all. */
const LEAST_BURST = 131_072;
/** What TCP sends at once over a way of 100 ms. */
const BURST_SECONDS = 0.1;

/** What is beyond a rate in Mbit/s of IP packets. What is late is dropped, so that no queue forms; TCP slows down to what passes. */
function rateOver(megabits: number): string {
  const bytes = Math.round((megabits * 1_000_000) / 8);
  return `rate over ${bytes} bytes/second burst ${Math.max(LEAST_BURST, Math.round(bytes * BURST_SECONDS))} bytes`;
}

type End = "saddr" | "daddr";

/** Only of what leaves is the hardware address known. */
function verdicts(where: string, end: End, devices: readonly Restriction[], verdict: string): string[] {
  return keys(end, devices).flatMap(({ key, of }) => {
    const elements = devices.flatMap(of);
    return elements.length === 0 ? [] : [`${where} ${key} ${braces(elements)} ${verdict}`];
  });
}

/** A packet is measured by one rule only: by the hardware address where that is known. */
function limiters(where: string, end: End, limits: readonly Limit[]): string[] {
  return keys(end, limits).flatMap(({ key, of, but }) => {
    const named = limits.flatMap((limit) => of(limit).map((element) => [element, limit.name] as const));
    // Of two devices that claim an address the first has it.
    const elements = [...new Map(named.reverse())].map(([element, name]) => `${element} : "${name}"`);
    const others = but === undefined ? "" : ` ${but}`;
    return elements.length === 0
      ? []
      : [`${where}${others} limit name ${key} map ${braces(elements)} counter name limited drop`];
  });
}

interface Key {
  key: string;
  of(device: Pick<Restriction, "mac" | "addresses">): readonly string[];
  but?: string;
}

function keys(end: End, devices: readonly Pick<Restriction, "mac">[]): Key[] {
  const macs = braces(devices.map(({ mac }) => mac));
  const but = end === "saddr" && devices.length > 0 ? { but: `ether saddr != ${macs}` } : {};
  return [
    ...(end === "saddr" ? [{ key: "ether saddr", of: ({ mac }: Pick<Restriction, "mac">) => [mac] }] : []),
    {
      key: `ip ${end}`,
      of: ({ addresses }) => addresses.filter((address) => !address.includes(":")),
      ...but,
    },
    {
      key: `ip6 ${end}`,
      of: ({ addresses }) => addresses.filter((address) => address.includes(":")),
      ...but,
    },
  ];
}

/** An address that two devices claim is listed once. */
function braces(elements: readonly string[]): string {
  return `{ ${[...new Set(elements)].join(", ")} }`;
}

function chain(name: string, rules: readonly string[]): string[] {
  return [`chain ${name} {`, ...rules.map((rule) => `  ${rule}`), "}"];
}

/** The table is named before it is deleted, because deleting one that is not there fails the transaction. */
function replaced(lines: readonly string[]): string {
  const former = `table inet ${POLICY_TABLE}\ndelete table inet ${POLICY_TABLE}\n`;
  return lines.length === 0
    ? former
    : `${former}table inet ${POLICY_TABLE} {\n${lines.map((line) => `  ${line}\n`).join("")}}\n`;
}

import { formatPrefix, network as networkAddress, type Prefix } from "../addr/prefix.ts";
import { ipv6Rules } from "./firewall-ipv6.ts";
import { names, renderLanRules } from "./lan-rules.ts";
import type { LanSide, Network } from "./network.ts";

/** The bit of the packet mark by which `table ip gatehouse_nat` says: this packet's destination was translated. */
export const TRANSLATED_MARK = 0x10000;

/** Before the NAT asks its engine: what policy refuses costs no user-space time and gets no binding. */
const FORWARD_PRIORITY = -200;

/**
 * The policy between the sides, `table inet gatehouse`, as one nft transaction: the old table stays in force until the
 * new one is whole. The NAT's table is not touched.
 */
export function renderFirewall(network: Network): string {
  const { wans, lans } = network;
  const home = names(lans.map(({ bridge }) => bridge));
  const providers = wans.map((wan) => wan.interface);
  const ipv6 = ipv6Rules(network);
  return table([
    ...COUNTERS.map((name) => `counter ${name} { }`),
    ...ipv6.sets.flatMap((lines) => ["", ...lines]),
    ...chain("input", [
      "type filter hook input priority 0; policy drop;",
      dhcpFlood(home),
      ...ROUTER_ITSELF,
      ...ipv6.jump.input,
      ...(providers.length === 0 ? [] : [`iifname ${names(providers)} goto input_wan`]),
      `iifname ${home} goto input_lan`,
      "counter name input_other",
    ]),
    ...(providers.length === 0 ? [] : chain("input_wan", INPUT_WAN)),
    ...chain("input_lan", inputLan(network)),
    ...chain("forward", [
      `type filter hook forward priority ${FORWARD_PRIORITY}; policy drop;`,
      ...ipv6.jump.forward,
      ...forwardWan(network),
      ...hairpin(lans),
      ...renderLanRules(network),
      "counter name forward_other",
    ]),
    ...Object.entries(ipv6.chains).flatMap(([name, rules]) => chain(name, rules)),
  ]);
}

/**
 * The policy from boot until a configuration is applied: the router reaches out, nothing comes in or passes. It has the
 * same table's name, so that `renderFirewall` replaces it.
 */
export function renderClosedFirewall(): string {
  return table([
    "counter input_invalid { }",
    ...chain("input", ["type filter hook input priority 0; policy drop;", ...ROUTER_ITSELF]),
    ...chain("forward", [`type filter hook forward priority ${FORWARD_PRIORITY}; policy drop;`]),
  ]);
}

/** What each chain refuses, named so that status can show it. */
const COUNTERS = [
  "input_invalid",
  "input_wan",
  "input_lan",
  "input_other",
  "forward_spoofed",
  "forward_untranslated",
  "forward_offline",
  "forward_other",
] as const;

const MARK = `0x${TRANSLATED_MARK.toString(16).padStart(8, "0")}`;
const TRANSLATED = `meta mark & ${MARK} == ${MARK}`;

const ROUTER_ITSELF = [
  'iifname "lo" accept',
  "ct state established,related accept",
  "ct state invalid counter name input_invalid drop",
];

/**
 * More than a street of homes asks for. The DHCP server's thread reads whatever comes and hands it on without bound, so a flood
 * ends here; before established flows are let in, one of which the flood could be.
 */
function dhcpFlood(home: string): string {
  return `iifname ${home} udp dport 67 limit rate over 200/second burst 400 packets counter name input_lan drop`;
}

/** The errors that keep the router's own connections working (RFC 4890's reasoning for IPv4): PMTU, loops, bad headers. */
const ICMP_ERRORS = "{ destination-unreachable, time-exceeded, parameter-problem }";

const INPUT_WAN = [
  // Renewals are unicast to the address; the first offer is read from a packet socket and never comes here.
  "udp sport 67 udp dport 68 accept",
  "icmp type echo-request limit rate 10/second burst 20 packets accept",
  `icmp type ${ICMP_ERRORS} limit rate 100/second burst 100 packets accept`,
  "counter name input_wan drop",
];

/** What a network's devices cannot do without, and the page for those of them that may open it. */
function inputLan({ lans, config }: Network): string[] {
  const trusted = lans.filter(({ config }) => config.router).map(({ bridge }) => bridge);
  const from = trusted.length === lans.length ? "" : `iifname ${names(trusted)} `;
  return [
    "meta l4proto { tcp, udp } th dport 53 accept",
    "udp sport 68 udp dport 67 accept",
    ...(trusted.length === 0 ? [] : [`${from}tcp dport { 80, 443 } accept`]),
    ...discovery(lans, config.discovery),
    "meta nfproto ipv4 meta l4proto icmp accept",
    "counter name input_lan drop",
  ];
}

/** Multicast DNS, of the networks that hear each other's. */
function discovery(lans: readonly LanSide[], chosen: readonly string[]): string[] {
  const bridges = lans.filter(({ config }) => chosen.includes(config.name)).map(({ bridge }) => bridge);
  return bridges.length < 2 ? [] : [`iifname ${names(bridges)} ip daddr 224.0.0.251 udp dport 5353 accept`];
}

/** A neighbour on the WAN's wire can route straight to the LAN's addresses: only what the NAT has translated gets in. */
function forwardWan({ wan, lans }: Network): string[] {
  if (wan === undefined) return [];
  const provider = wan.interface;
  return lans.flatMap(({ bridge, prefix, config }) => {
    const untranslated = `iifname "${provider}" oifname "${bridge}" counter name forward_untranslated drop`;
    if (!config.internet)
      return [`iifname "${bridge}" oifname "${provider}" counter name forward_offline drop`, untranslated];
    return [
      `iifname "${bridge}" oifname "${provider}" ip saddr ${home(prefix)} accept`,
      `iifname "${bridge}" oifname "${provider}" counter name forward_spoofed drop`,
      `iifname "${provider}" oifname "${bridge}" ip daddr ${home(prefix)} ${TRANSLATED} accept`,
      untranslated,
    ];
  });
}

/** Devices reach each other by the Internet address as anybody on the Internet would. */
function hairpin(lans: readonly LanSide[]): string[] {
  const online = lans.filter(({ config }) => config.internet);
  const bridges = names(online.map(({ bridge }) => bridge));
  return online.map(
    ({ bridge, prefix }) =>
      `iifname "${bridge}" oifname ${bridges} ip saddr ${home(prefix)} ${TRANSLATED} accept comment "hairpin"`,
  );
}

function home(prefix: Prefix): string {
  return formatPrefix({ address: networkAddress(prefix), length: prefix.length });
}

function chain(name: string, rules: readonly string[]): string[] {
  return ["", `chain ${name} {`, ...rules.map((rule) => `  ${rule}`), "}"];
}

/** The table is named before it is deleted, because deleting one that is not there fails the transaction. */
function table(lines: readonly string[]): string {
  const body = lines.map((line) => (line === "" ? "" : `  ${line}`)).join("\n");
  return `table inet gatehouse\ndelete table inet gatehouse\ntable inet gatehouse {\n${body}\n}\n`;
}

import { type Mac, parseMac } from "../addr/mac.ts";
import type { Config } from "../config/schema.ts";
import { names } from "./lan-rules.ts";
import type { Ipv6Side, Network } from "./network.ts";

type Pinhole = Config["ipv6"]["pinholes"][number];

/** What IPv6 adds to `table inet gatehouse`. Nothing at all where the home has none: what is not let in is dropped. */
export interface Ipv6Rules {
  /** Definitions of sets, each its lines. */
  sets: string[][];
  /** Before what decides for both families. */
  jump: { input: string[]; forward: string[] };
  /** Rules by the name of their chain. */
  chains: Record<string, string[]>;
}

/** `input_ipv6` comes after established flows; `forward_ipv6` leaves what networks of the home send each other to what follows. */
export function ipv6Rules(network: Network): Ipv6Rules {
  const { ipv6, wan } = network;
  if (ipv6 === undefined) return { sets: [], jump: { input: [], forward: [] }, chains: {} };
  const provider = wan?.interface;
  return {
    sets: pinholeSets(network.config.ipv6.pinholes, ipv6),
    jump: {
      input: ["meta nfproto ipv6 jump input_ipv6"],
      forward: ["meta nfproto ipv6 jump forward_ipv6"],
    },
    chains: {
      input_ipv6: input(network),
      forward_ipv6: [
        `${SPOOFED} counter name forward_spoofed drop`,
        ...(provider === undefined ? [] : between(network, provider)),
        ...(provider === undefined ? [] : allowed(network, provider)),
      ],
    },
  };
}

/** Addresses that only a home has (RFC 4193). */
const ULA = "fc00::/7";
const LINK_LOCAL = "fe80::/10";

/** Neighbour discovery has come over no router (RFC 4861, 6.1 and 7.1). */
const UNROUTED = "ip6 hoplimit 255";
/** Errors that keep connections working (RFC 4890, 4.3.1 and 4.4.1). */
const ERRORS = "{ destination-unreachable, packet-too-big, time-exceeded, parameter-problem }";
/** Reports come from no address while a host has none yet (RFC 3590). */
const MULTICAST_LISTENERS =
  "{ mld-listener-query, mld-listener-report, mld-listener-reduction, mld2-listener-report }";

/** The source has to lie behind the interface it came in by (RFC 3704, 2.2); behind a provider's, the Internet does. */
const SPOOFED = "fib saddr . iif oif missing";

/** What a router has to hear (RFC 4890, 4.4): routers on the provider's side only, who looks for one at home only. */
function input({ wans, lans }: Network): string[] {
  const home = names(lans.map(({ bridge }) => bridge));
  const providers = names(wans.map((wan) => wan.interface));
  return [
    `icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } ${UNROUTED} accept`,
    `icmpv6 type ${MULTICAST_LISTENERS} ip6 saddr { ::, ${LINK_LOCAL} } accept`,
    `icmpv6 type ${ERRORS} limit rate 100/second burst 100 packets accept`,
    `iifname ${home} icmpv6 type nd-router-solicit ${UNROUTED} accept`,
    `iifname ${home} ip6 saddr != ${LINK_LOCAL} ${SPOOFED} counter name input_lan drop`,
    `iifname ${home} icmpv6 type echo-request accept`,
    ...(wans.length === 0
      ? []
      : [
          `iifname ${providers} icmpv6 type nd-router-advert ip6 saddr ${LINK_LOCAL} ${UNROUTED} accept`,
          // Of whichever address and port: relays are not bound to the server's (RFC 8415, 7.2).
          `iifname ${providers} ip6 daddr ${LINK_LOCAL} udp dport 546 accept`,
          `iifname ${providers} icmpv6 type echo-request limit rate 10/second burst 20 packets accept`,
        ]),
  ];
}

/** What may not pass between home and provider, whoever began it. */
function between({ lans, wans }: Network, provider: string): string[] {
  const sides = names(wans.map((wan) => wan.interface));
  const offline = lans.filter(({ config }) => !config.internet).map(({ bridge }) => bridge);
  return [
    ...offline.flatMap((bridge) => [
      `iifname "${bridge}" oifname ${sides} counter name forward_offline drop`,
      `iifname ${sides} oifname "${bridge}" counter name forward_offline drop`,
    ]),
    `oifname ${sides} ip6 saddr ${ULA} counter name forward_other reject with icmpv6 type policy-fail`,
    `oifname ${sides} ip6 daddr ${ULA} counter name forward_other reject with icmpv6 type no-route`,
    `iifname ${sides} ip6 saddr ${ULA} counter name forward_spoofed drop`,
    `iifname ${sides} ip6 daddr ${ULA} counter name forward_other drop`,
    // Lines of less than 1500 bytes: many a server never hears that its packets were too big.
    `oifname "${provider}" tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu`,
  ];
}

/** The home's flows to the Internet, and from there what a pinhole lets in (RFC 6092, REC-11 and REC-33). */
function allowed({ lans, config, wans }: Network, provider: string): string[] {
  const sides = names(wans.map((wan) => wan.interface));
  const online = lans.filter(({ config }) => config.internet).map(({ bridge }) => bridge);
  if (online.length === 0) return [];
  const home = names(online);
  return [
    `ct state invalid counter name forward_other drop`,
    `iifname ${home} oifname "${provider}" accept`,
    // Answers, and errors about what a pinhole let in. A connection lasts no longer than its pinhole.
    `iifname "${provider}" oifname ${home} ct direction reply ct state established,related accept`,
    `iifname "${provider}" oifname ${home} ct direction original ct state related accept`,
    // Addresses at home cannot be guessed, and errors need to be looked into (RFC 4890, 4.3.1); scarce, since the kernel has to ask
    // for each address that nobody has (RFC 6583).
    `iifname "${provider}" oifname ${home} icmpv6 type echo-request limit rate 20/second burst 40 packets accept`,
    ...config.ipv6.pinholes.flatMap((pinhole) => {
      const set = setOf(pinhole);
      const what = service(pinhole);
      return set === undefined
        ? []
        : [`iifname "${provider}" oifname ${home} ip6 daddr @${set.name}${what} accept`];
    }),
    `iifname ${sides} counter name forward_other drop`,
  ];
}

function service({ protocol, ports }: Pinhole): string {
  if (protocol === "any") return "";
  return ports === null ? ` meta l4proto ${protocol}` : ` ${protocol} dport ${ports}`;
}

/** One set for each device, with the addresses it has now. */
function pinholeSets(pinholes: readonly Pinhole[], { reachable }: Ipv6Side): string[][] {
  const sets = new Map(
    pinholes.flatMap((pinhole) => {
      const set = setOf(pinhole);
      return set === undefined ? [] : [[set.name, set.mac] as const];
    }),
  );
  return Array.from(sets, ([name, mac]) => {
    const addresses = reachable.get(mac) ?? [];
    const elements = addresses.length === 0 ? [] : [`  elements = { ${addresses.join(", ")} }`];
    return [`set ${name} {`, "  type ipv6_addr", ...elements, "}"];
  });
}

function setOf({ device }: Pinhole): { name: string; mac: Mac } | undefined {
  const mac = parseMac(device);
  return mac === undefined ? undefined : { name: `device_${mac.replaceAll(":", "")}`, mac };
}

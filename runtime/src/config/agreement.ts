import { parseIPv4 } from "../addr/ipv4.ts";
import { parseMac } from "../addr/mac.ts";
import {
  broadcast,
  contains,
  formatPrefix,
  network,
  overlaps,
  type Prefix,
  parsePrefix,
} from "../addr/prefix.ts";
import { dhcpRange, hostAddress } from "./lan.ts";
import { natDisagreements } from "./nat-agreement.ts";
import type { Config, HostAddress } from "./schema.ts";
import { trafficDisagreements } from "./traffic-agreement.ts";

/** What is wrong with one field, and what to do about it. */
export interface Fault {
  /** The field, as "lan.dhcp.reservations.0.mac"; empty for the whole document. */
  path: string;
  message: string;
  fix: string;
}

/** Faults between fields that are each well-formed. */
export function disagreements(config: Config): Fault[] {
  return [
    ...domain(config),
    ...ports(config),
    ...lanAddress(config),
    ...lanHosts(config),
    ...reservations(config),
    ...upstreams(config),
    ...nat(config),
    ...trafficDisagreements(config),
    ...wifi(config),
  ];
}

const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map((text) => parsePrefix(text)!);
/** The smallest network whatever "auto" will choose: offsets must fit it. */
const AUTO_NETWORK: Prefix = { address: 0, length: 24 };

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

function* ports({ wan, lan }: Config): Generator<Fault> {
  const bridged = lan.ports === "auto" ? -1 : lan.ports.indexOf("br-lan");
  if (bridged >= 0) {
    yield {
      path: `lan.ports.${bridged}`,
      message: "br-lan is the bridge that joins the LAN ports",
      fix: "name the Ethernet ports themselves",
    };
  }
  const index = lan.ports === "auto" ? -1 : lan.ports.indexOf(wan.port);
  if (index >= 0) {
    yield {
      path: `lan.ports.${index}`,
      message: `${wan.port} is the WAN port already`,
      fix: "take it out of lan.ports or choose another wan.port",
    };
  }
}

function* lanAddress({ lan }: Config): Generator<Fault> {
  const prefix = fixedPrefix(lan);
  if (prefix === undefined) return;
  if (!PRIVATE.some((block) => contains(block, prefix.address) && block.length <= prefix.length)) {
    yield {
      path: "lan.address",
      message: `${lan.address} is not within a private network (RFC 1918)`,
      fix: "use a part of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, for example 192.168.77.1/24",
    };
  }
  if (!isHost(prefix, prefix.address)) {
    yield {
      path: "lan.address",
      message: `${lan.address} is the network's first or last address, which no host may have`,
      fix: `use the router's own address, for example ${formatPrefix({ ...prefix, address: network(prefix) + 1 })}`,
    };
  }
}

function* lanHosts({ lan }: Config): Generator<Fault> {
  const fields: [string, HostAddress | "auto"][] = [
    ["lan.dhcp.first", lan.dhcp.first],
    ["lan.dhcp.last", lan.dhcp.last],
    ...lan.dhcp.reservations.map(({ address }, i): [string, HostAddress] => [
      `lan.dhcp.reservations.${i}.address`,
      address,
    ]),
  ];
  const faults = fields.flatMap(([path, host]) => (host === "auto" ? [] : [...lanHost(lan, path, host)]));
  yield* faults;
  const prefix = fixedPrefix(lan) ?? AUTO_NETWORK;
  const { first, last } = dhcpRange(prefix, lan.dhcp);
  if (faults.length === 0 && first > last) {
    yield {
      path: "lan.dhcp.last",
      message: "the last address handed out comes before the first",
      fix: "make lan.dhcp.first the smaller one",
    };
  }
}

function* lanHost(lan: Config["lan"], path: string, host: HostAddress): Generator<Fault> {
  const fixed = fixedPrefix(lan);
  if (fixed === undefined && typeof host === "string") {
    yield {
      path,
      message: `${host} may lie outside the LAN, whose network is chosen automatically`,
      fix: "give the number within the LAN (20 for the network's 20th address), or a fixed lan.address",
    };
    return;
  }
  const prefix = fixed ?? AUTO_NETWORK;
  if (!isHost(prefix, hostAddress(prefix, host))) {
    const last = broadcast(prefix) - network(prefix) - 1;
    yield {
      path,
      message: `${host} is not a host's address in ${fixed ? `the LAN, ${formatPrefix(fixed)}` : "a LAN of 256 addresses"}`,
      fix: `choose one from 1 to ${last} within the network, or a larger lan.address`,
    };
  }
}

function* reservations(config: Config): Generator<Fault> {
  const prefix = fixedPrefix(config.lan) ?? AUTO_NETWORK;
  const own = fixedPrefix(config.lan)?.address ?? 1;
  const seen = new Map<string, string>([
    [`address ${own}`, "the router itself"],
    [`name ${config.hostname}`, "the router itself"],
  ]);
  for (const [i, { mac, address, name }] of config.lan.dhcp.reservations.entries()) {
    const keys: [string, string][] = [
      ["mac", `mac ${parseMac(mac)}`],
      ["address", `address ${hostAddress(prefix, address)}`],
    ];
    if (name !== undefined) keys.push(["name", `name ${name}`]);
    for (const [field, key] of keys) {
      const holder = seen.get(key);
      if (holder === undefined) seen.set(key, `reservation ${i}`);
      else {
        yield {
          path: `lan.dhcp.reservations.${i}.${field}`,
          message: `${field === "address" ? address : field === "mac" ? mac : name} is taken by ${holder} already`,
          fix: `give each device its own ${field}`,
        };
      }
    }
  }
}

function* upstreams({ dns, lan }: Config): Generator<Fault> {
  if (dns.upstreams === "auto") return;
  const own = fixedPrefix(lan);
  for (const [i, text] of dns.upstreams.entries()) {
    const address = parseIPv4(text);
    const isLoop = address === own?.address || (address ?? 0) >>> 24 === 127;
    if (isLoop || address === 0) {
      yield {
        path: `dns.upstreams.${i}`,
        message: `${text} is the router itself, so names would be asked in a circle`,
        fix: "give a name server of the Internet or of the provider, or auto",
      };
    }
  }
}

function* nat(config: Config): Generator<Fault> {
  const { lan, nat } = config;
  const hosts: [string, HostAddress | null][] = [
    ["nat.dmz", nat.dmz],
    ...nat.forwards.map(({ to }, i): [string, HostAddress] => [`nat.forwards.${i}.to`, to]),
    ...nat.mapped.map(({ to }, i): [string, HostAddress] => [`nat.mapped.${i}.to`, to]),
  ];
  const own = fixedPrefix(lan)?.address ?? 1;
  for (const [path, host] of hosts) {
    if (host === null) continue;
    yield* lanHost(lan, path, host);
    if (hostAddress(fixedPrefix(lan) ?? AUTO_NETWORK, host) === own) {
      yield { path, message: `${host} is the router itself`, fix: "name a device" };
    }
  }
  yield* natDisagreements(config, fixedPrefix(lan) ?? AUTO_NETWORK);
}

/** Channels of 20 MHz (IEEE 802.11 annex E); 12 and 13 are not allowed in every country, and the kernel refuses them there. */
const CHANNELS: Record<Config["wifi"]["band"], readonly number[]> = {
  "2.4": Array.from({ length: 13 }, (_, i) => i + 1),
  "5": [
    36,
    40,
    44,
    48,
    52,
    56,
    60,
    64,
    ...Array.from({ length: 12 }, (_, i) => 100 + 4 * i),
    149,
    153,
    157,
    161,
    165,
  ],
};

function* wifi({ wifi }: Config): Generator<Fault> {
  if (new TextEncoder().encode(wifi.name).length > 32) {
    yield {
      path: "wifi.name",
      message: "the name is longer than 32 bytes of UTF-8 (letters beyond ASCII take 2 to 4)",
      fix: "shorten it",
    };
  }
  const channels = CHANNELS[wifi.band];
  if (wifi.channel !== "auto" && !channels.includes(wifi.channel)) {
    yield {
      path: "wifi.channel",
      message: `there is no channel ${wifi.channel} at ${wifi.band} GHz`,
      fix: `choose auto or one of ${channels.join(", ")}`,
    };
  }
  if (wifi.band === "5" && wifi.country === null) {
    yield {
      path: "wifi.country",
      message: "which 5 GHz channels may be used depends on the country, and none is chosen",
      fix: "choose the country the router stands in, or band 2.4",
    };
  }
}

function fixedPrefix({ address }: Config["lan"]): Prefix | undefined {
  return address === "auto" ? undefined : parsePrefix(address);
}

function isHost(prefix: Prefix, address: number): boolean {
  return (
    overlaps(prefix, { address, length: 32 }) && address !== network(prefix) && address !== broadcast(prefix)
  );
}

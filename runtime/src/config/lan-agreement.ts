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
import { type Fault, repeated } from "./faults.ts";
import { dhcpRange, hostAddress } from "./lan.ts";
import type { Config, HostAddress, LanConfig } from "./schema.ts";

const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map((text) => parsePrefix(text)!);
/** The smallest network whatever "auto" will choose: offsets must fit it. */
export const AUTO_NETWORK: Prefix = { address: 0, length: 24 };

export function fixedPrefix({ address }: Pick<LanConfig, "address">): Prefix | undefined {
  return address === "auto" ? undefined : parsePrefix(address);
}

/** Faults between the fields of the home's networks that are each well-formed, but for their ports. */
export function* lanDisagreements(config: Config): Generator<Fault> {
  const { lans } = config;
  yield* repeated(
    lans,
    ({ name }) => name,
    (i, j) => ({
      path: `lans.${i}.name`,
      message: `${lans[i]!.name} is the name of lans.${j} already`,
      fix: "give each network its own name",
    }),
  );
  if (lans[0]?.router === false) {
    yield {
      path: "lans.0.router",
      message: `${lans[0].name} is the owner's network, and without the router's page nobody could change anything any more`,
      fix: "let it open the page, or put another network first",
    };
  }
  for (const [i, lan] of lans.entries()) {
    yield* address(lans, i);
    yield* pool(lan, `lans.${i}`);
  }
  yield* reservations(config);
}

function* address(lans: readonly LanConfig[], i: number): Generator<Fault> {
  const lan = lans[i]!;
  const path = `lans.${i}.address`;
  const prefix = fixedPrefix(lan);
  if (prefix === undefined) return;
  if (!PRIVATE.some((block) => contains(block, prefix.address) && block.length <= prefix.length)) {
    yield {
      path,
      message: `${lan.address} is not within a private network (RFC 1918)`,
      fix: "use a part of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, for example 192.168.77.1/24",
    };
  }
  if (!isHost(prefix, prefix.address)) {
    yield {
      path,
      message: `${lan.address} is the network's first or last address, which no host may have`,
      fix: `use the router's own address, for example ${formatPrefix({ ...prefix, address: network(prefix) + 1 })}`,
    };
  }
  const j = lans.slice(0, i).findIndex((other) => {
    const fixed = fixedPrefix(other);
    return fixed !== undefined && overlaps(fixed, prefix);
  });
  if (j >= 0) {
    yield {
      path,
      message: `${lan.address} overlaps the network of lans.${j}, ${lans[j]!.address}`,
      fix: "choose another network, or auto",
    };
  }
}

function* pool(lan: LanConfig, path: string): Generator<Fault> {
  const fields: [string, HostAddress | "auto"][] = [
    [`${path}.dhcp.first`, lan.dhcp.first],
    [`${path}.dhcp.last`, lan.dhcp.last],
    ...lan.dhcp.reservations.map(({ address }, i): [string, HostAddress] => [
      `${path}.dhcp.reservations.${i}.address`,
      address,
    ]),
  ];
  const faults = fields.flatMap(([path, host]) => (host === "auto" ? [] : [...lanHost(lan, path, host)]));
  yield* faults;
  const { first, last } = dhcpRange(fixedPrefix(lan) ?? AUTO_NETWORK, lan.dhcp);
  if (faults.length === 0 && first > last) {
    yield {
      path: `${path}.dhcp.last`,
      message: "the last address handed out comes before the first",
      fix: `make ${path}.dhcp.first the smaller one`,
    };
  }
}

/** What keeps `host`, the value of the field `path`, from being a host's address in `lan`. */
export function* lanHost(lan: LanConfig, path: string, host: HostAddress): Generator<Fault> {
  const fixed = fixedPrefix(lan);
  if (fixed === undefined && typeof host === "string") {
    yield {
      path,
      message: `${host} may lie outside the network ${lan.name}, which is chosen automatically`,
      fix: "give the number within the network (20 for its 20th address), or a fixed address of the network",
    };
    return;
  }
  const prefix = fixed ?? AUTO_NETWORK;
  if (!isHost(prefix, hostAddress(prefix, host))) {
    const last = broadcast(prefix) - network(prefix) - 1;
    yield {
      path,
      message: `${host} is not a host's address in ${fixed ? `the network ${formatPrefix(fixed)}` : "a network of 256 addresses"}`,
      fix: `choose one from 1 to ${last} within the network, or a larger network`,
    };
  }
}

/** Addresses and devices are one network's own; names are the whole home's. */
function* reservations({ lans, hostname }: Config): Generator<Fault> {
  const names = new Map([[hostname, "the router itself"]]);
  for (const [l, lan] of lans.entries()) {
    const prefix = fixedPrefix(lan) ?? AUTO_NETWORK;
    const own = fixedPrefix(lan)?.address ?? 1;
    const macs = new Map<string, string>();
    const addresses = new Map([[`${own}`, "the router itself"]]);
    for (const [i, { mac, address, name }] of lan.dhcp.reservations.entries()) {
      const path = `lans.${l}.dhcp.reservations.${i}`;
      const fields: [string, string | number, Map<string, string>, string][] = [
        ["mac", mac, macs, `${parseMac(mac)}`],
        ["address", address, addresses, `${hostAddress(prefix, address)}`],
      ];
      if (name !== undefined) fields.push(["name", name, names, name]);
      for (const [field, given, taken, key] of fields) {
        const holder = taken.get(key);
        if (holder === undefined) taken.set(key, path);
        else {
          yield {
            path: `${path}.${field}`,
            message: `${given} is taken by ${holder} already`,
            fix: `give each device its own ${field}`,
          };
        }
      }
    }
  }
}

function isHost(prefix: Prefix, address: number): boolean {
  return (
    overlaps(prefix, { address, length: 32 }) && address !== network(prefix) && address !== broadcast(prefix)
  );
}

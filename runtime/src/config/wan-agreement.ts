import { parseIPv4 } from "../addr/ipv4.ts";
import { parseMac } from "../addr/mac.ts";
import { contains, formatPrefix, overlaps, parsePrefix } from "../addr/prefix.ts";
import { type Fault, repeated } from "./faults.ts";
import { fixedPrefix } from "./lan-agreement.ts";
import type { Config, WanConfig } from "./schema.ts";

/** Faults between the fields of the ways to the Internet that are each well-formed, but for their ports. */
export function* wanDisagreements(config: Config): Generator<Fault> {
  const { wans } = config;
  yield* repeated(
    wans,
    ({ name }) => name,
    (i, j) => ({
      path: `wans.${i}.name`,
      message: `${wans[i]!.name} is the name of wans.${j} already`,
      fix: "give each way to the Internet its own name",
    }),
  );
  for (const [i, wan] of wans.entries()) {
    const path = `wans.${i}`;
    yield* hardwareAddress(wan, path);
    if (wan.mode === "static") yield* fixed(config, wan, path);
    if (wan.mode === "pppoe") yield* pppoe(wan, path);
  }
}

/** The second bit of the first octet sent is set in addresses of groups (IEEE 802, 8.2). */
function* hardwareAddress({ mac }: WanConfig, path: string): Generator<Fault> {
  if (mac === null) return;
  const isGroup = (Number.parseInt(mac.slice(0, 2), 16) & 1) !== 0;
  if (!isGroup && parseMac(mac) !== parseMac("00:00:00:00:00:00")) return;
  yield {
    path: `${path}.mac`,
    message: `${mac} is no address that a single device may have`,
    fix: "give the address on the former router's label, or null",
  };
}

function* fixed(
  config: Config,
  { static: { address, gateway, dns } }: WanConfig,
  path: string,
): Generator<Fault> {
  if (address === null) yield missing(`${path}.static.address`, "the address the provider assigned");
  if (gateway === null) yield missing(`${path}.static.gateway`, "the address of the provider's router");
  if (dns.length === 0 && config.dns.upstreams === "auto")
    yield missing(`${path}.static.dns`, "the provider's name servers, or dns.upstreams");
  const prefix = address === null ? undefined : parsePrefix(address);
  const router = gateway === null ? undefined : parseIPv4(gateway);
  if (prefix === undefined) return;
  // A point-to-point line's only neighbour may have any address.
  if (router !== undefined && prefix.length < 32 && !contains(prefix, router)) {
    yield {
      path: `${path}.static.gateway`,
      message: `${gateway} is not within the network of ${address}`,
      fix: "give the router's address in the same network, or correct the network's length",
    };
  }
  if (router === prefix.address) {
    yield {
      path: `${path}.static.gateway`,
      message: `${gateway} is the router's own address`,
      fix: "give the address of the provider's router",
    };
  }
  for (const lan of config.lans) {
    const home = fixedPrefix(lan);
    if (home !== undefined && overlaps(home, prefix)) {
      yield {
        path: `${path}.static.address`,
        message: `${address} overlaps the network ${lan.name}, ${formatPrefix(home)}`,
        fix: `choose another network for ${lan.name}, or auto`,
      };
    }
  }
}

function* pppoe({ pppoe: { user, password }, mtu }: WanConfig, path: string): Generator<Fault> {
  if (user === "") yield missing(`${path}.pppoe.user`, "the name the provider gave for signing in");
  if (password === "") yield missing(`${path}.pppoe.password`, "the password that belongs to it");
  // RFC 4638: more than 1492 needs an agreement of both ends and frames above 1500 bytes.
  if (mtu !== "auto" && mtu > 1500) {
    yield {
      path: `${path}.mtu`,
      message: `PPPoE carries at most 1500 bytes, not ${mtu}`,
      fix: "give auto, 1492 or less, or 1500 where the provider allows it (RFC 4638)",
    };
  }
}

function missing(path: string, what: string): Fault {
  return { path, message: "is missing", fix: `give ${what}` };
}

import { formatIPv4, type IPv4, parseIPv4 } from "../addr/ipv4.ts";
import { parseMac } from "../addr/mac.ts";
import { contains, type Prefix } from "../addr/prefix.ts";
import { type Fault, repeated } from "./faults.ts";
import { hostAddress } from "./lan.ts";
import { forwardedPorts, type PortSpan } from "./port-span.ts";
import type { Config } from "./schema.ts";

type Forward = Config["nat"]["forwards"][number];

/** What the router itself needs on its Internet address; see nat/external-ports.ts. */
const ROUTERS_OWN: readonly (PortSpan & { protocol: "udp" | "both"; what: string })[] = [
  { first: 67, last: 68, protocol: "udp", what: "the router's own address comes through it" },
  { first: 10_240, last: 15_359, protocol: "both", what: "10240 to 15359 are the router's own" },
];

/** Forwarded ports that are others at the device, at most: the kernel takes them one by one, half a second for so many. */
const MAX_RENUMBERED = 10_000;

/** Faults between the fields of `nat` that are each well-formed; hosts are checked by the caller. `lan` is what they are counted in. */
export function* natDisagreements({ nat }: Config, lan: Prefix): Generator<Fault> {
  yield* exceptions(nat);
  yield* forwards(nat, lan);
  yield* renumbered(nat);
  yield* mapped(nat, lan);
}

function* exceptions({ devices }: Config["nat"]): Generator<Fault> {
  yield* repeated(
    devices,
    ({ mac }) => parseMac(mac),
    (i, j) => ({
      path: `nat.devices.${i}.mac`,
      message: `${devices[i]!.mac} has its filtering in nat.devices.${j} already`,
      fix: "take one of the two out",
    }),
  );
}

function* forwards({ forwards }: Config["nat"], lan: Prefix): Generator<Fault> {
  for (const [i, forward] of forwards.entries()) {
    const fault = misshapen(forward) ?? routersOwn(forward);
    if (fault !== undefined)
      yield { path: `nat.forwards.${i}.${fault.path}`, message: fault.message, fix: fault.fix };
    for (const [j, other] of forwards.slice(0, i).entries()) {
      const clash = clashOf(forward, other, lan, j);
      if (clash !== undefined) yield { ...clash, path: `nat.forwards.${i}.${clash.path}` };
    }
  }
}

function misshapen(forward: Forward): Fault | undefined {
  const { external, internal } = forwardedPorts(forward);
  if (external.first > external.last) {
    return {
      path: "external",
      message: `${forward.external} ends before it begins`,
      fix: `give ${external.last}-${external.first}`,
    };
  }
  if (internal.last > 65_535) {
    return {
      path: "port",
      message: `the range's last port would be ${internal.last} at the device, and 65535 is the highest`,
      fix: "choose a smaller port or a shorter range",
    };
  }
  return undefined;
}

function routersOwn(forward: Forward): Fault | undefined {
  const { external } = forwardedPorts(forward);
  const own = ROUTERS_OWN.find(
    (span) => intersects(span, external) && (span.protocol === "both" || forward.protocol !== "tcp"),
  );
  return (
    own && {
      path: "external",
      message: `${forward.external} cannot be forwarded: ${own.what}`,
      fix: "choose another port",
    }
  );
}

/** Names the forward with which there are too many. */
function* renumbered({ forwards }: Config["nat"]): Generator<Fault> {
  let total = 0;
  for (const [i, forward] of forwards.entries()) {
    const { external, internal } = forwardedPorts(forward);
    if (external.first === internal.first) continue;
    const before = total;
    total += (external.last - external.first + 1) * (forward.protocol === "both" ? 2 : 1);
    if (before > MAX_RENUMBERED || total <= MAX_RENUMBERED) continue;
    yield {
      path: `nat.forwards.${i}.port`,
      message: `with this one more than ${MAX_RENUMBERED} forwarded ports are others at the device`,
      fix: "leave the port out, so that it is the same as outside, or shorten the range",
    };
  }
}

/** Two forwards may share neither ports outside nor, since what a device sends leaves from one port, ports inside. */
function clashOf(forward: Forward, other: Forward, lan: Prefix, index: number): Fault | undefined {
  const shareProtocol =
    forward.protocol === "both" || other.protocol === "both" || forward.protocol === other.protocol;
  if (!shareProtocol) return undefined;
  const [mine, theirs] = [forwardedPorts(forward), forwardedPorts(other)];
  if (intersects(mine.external, theirs.external)) {
    return {
      path: "external",
      message: `${forward.external} is forwarded by nat.forwards.${index} already`,
      fix: "choose another port, or take one of the two out",
    };
  }
  const isSameHost = hostAddress(lan, forward.to) === hostAddress(lan, other.to);
  return isSameHost && intersects(mine.internal, theirs.internal)
    ? {
        path: "port",
        message: `nat.forwards.${index} leads to the same port of the same device`,
        fix: "let each port of a device have one port outside",
      }
    : undefined;
}

function intersects(one: PortSpan, other: PortSpan): boolean {
  return one.first <= other.last && other.first <= one.last;
}

function* mapped({ mapped }: Config["nat"], lan: Prefix): Generator<Fault> {
  const seen = new Map<string, number>();
  for (const [i, { external, to }] of mapped.entries()) {
    const address = parseIPv4(external) ?? 0;
    if (!isGlobalHost(address) || contains(lan, address)) {
      yield {
        path: `nat.mapped.${i}.external`,
        message: `${external} is no address that a provider gives to a host`,
        fix: "give one of the addresses the provider assigned",
      };
    }
    for (const [field, key] of [
      ["external", external],
      ["to", `host ${formatIPv4(hostAddress(lan, to))}`],
    ] as const) {
      const earlier = seen.get(key);
      if (earlier === undefined) seen.set(key, i);
      else {
        yield {
          path: `nat.mapped.${i}.${field}`,
          message: `${field === "external" ? external : to} stands in nat.mapped.${earlier} already`,
          fix: "pair each address with one device",
        };
      }
    }
  }
}

/** Neither "this network" nor loopback nor multicast and beyond (RFC 6890). */
function isGlobalHost(address: IPv4): boolean {
  const first = address >>> 24;
  return first !== 0 && first !== 127 && first < 224;
}

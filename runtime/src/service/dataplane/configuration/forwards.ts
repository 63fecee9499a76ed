import { OVERLOAD_PORTS, ROUTER_PORTS } from "../../../nat/external-ports.ts";
import type { Forward } from "../../../nat/policy.ts";
import { TCP, type Transport, UDP } from "../../../nat/transport.ts";
import type { Complain, Lan } from "./configuration.ts";
import { parseHomeHost } from "./hosts.ts";
import type { DataplaneConfig } from "./schema.ts";

type ForwardConfig = NonNullable<DataplaneConfig["forwards"]>[number];

const TRANSPORTS: Record<ForwardConfig["protocol"], readonly Transport[]> = {
  tcp: [TCP],
  udp: [UDP],
  both: [TCP, UDP],
};
const LAST_PORT = 65535;

/** Ports that differ inside, of all forwards together: nft takes half a second for these, in which new flows wait. */
const MAX_CHANGED = 10_000;

/** The forwards, one for each port and transport; meaningless after a fault. */
export function parseForwards(
  configs: readonly ForwardConfig[],
  lans: readonly Lan[],
  complain: Complain,
): Forward[] {
  let changed = 0;
  const forwards = configs.map((config, i) => {
    const field = `forwards.${i}`;
    const address = parseHomeHost(`${field}.address`, config.address, lans, complain) ?? 0;
    if (!areRanges(config, field, complain)) return [];
    tellHeldBack(config, field, complain);
    configs.slice(0, i).forEach((other, j) => {
      tellClash(config, i, other, j, complain);
    });
    changed += changedPorts(config);
    if (changed > MAX_CHANGED) {
      complain(
        `${field}.port`,
        `more than ${MAX_CHANGED} ports would differ inside; keep those of a range the same`,
      );
      return [];
    }
    return expand(config, address);
  });
  return forwards.flat();
}

function areRanges({ first, last, port }: ForwardConfig, field: string, complain: Complain): boolean {
  const isPort = (number: number) => Number.isInteger(number) && number > 0 && number <= LAST_PORT;
  const faulty = Object.entries({ first, last, port }).filter(([, number]) => !isPort(number));
  for (const [name] of faulty) complain(`${field}.${name}`, `must be a whole number from 1 to ${LAST_PORT}`);
  if (faulty.length > 0) return false;
  if (last < first) {
    complain(`${field}.last`, `${last} is below the first port, ${first}`);
    return false;
  }
  if (port + last - first <= LAST_PORT) return true;
  complain(`${field}.port`, `the last port inside would be ${port + last - first}`);
  return false;
}

/** The DHCP client's, the router's own connections' and the overload sessions'. Its DNS and NTP clients can do without theirs. */
function tellHeldBack(config: ForwardConfig, field: string, complain: Complain): void {
  for (const range of [...ROUTER_PORTS, OVERLOAD_PORTS]) {
    if (!intersects(range, config) || range.first === 53 || range.first === 123) continue;
    if (range.first === 67 && config.protocol === "tcp") continue;
    complain(`${field}.first`, `ports ${range.first} to ${range.last} are the router's own`);
  }
}

/** What a host sends leaves from one port, so that two forwards share neither external nor internal endpoints. */
function tellClash(
  forward: ForwardConfig,
  index: number,
  earlier: ForwardConfig,
  earlierIndex: number,
  complain: Complain,
): void {
  const transports = TRANSPORTS[earlier.protocol];
  if (!TRANSPORTS[forward.protocol].some((transport) => transports.includes(transport))) return;
  if (intersects(forward, earlier)) {
    complain(`forwards.${index}.first`, `forwards.${earlierIndex} has a port of this range`);
  }
  if (forward.address === earlier.address && intersects(inside(forward), inside(earlier))) {
    complain(`forwards.${index}.port`, `forwards.${earlierIndex} leads to the same port of the same host`);
  }
}

function changedPorts({ protocol, first, last, port }: ForwardConfig): number {
  return port === first ? 0 : TRANSPORTS[protocol].length * (last - first + 1);
}

function inside({ first, last, port }: ForwardConfig): { first: number; last: number } {
  return { first: port, last: port + last - first };
}

function intersects(a: { first: number; last: number }, b: { first: number; last: number }): boolean {
  return a.first <= b.last && b.first <= a.last;
}

function expand({ protocol, first, last, port }: ForwardConfig, address: number): Forward[] {
  return TRANSPORTS[protocol].flatMap((transport) =>
    Array.from({ length: last - first + 1 }, (_, i) => ({
      transport,
      externalPort: first + i,
      address,
      port: port + i,
    })),
  );
}

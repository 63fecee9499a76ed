import { ICMP_QUERY, type Transport } from "./transport.ts";

/** Ports from `first` to `last`, both included. */
export interface PortRange {
  first: number;
  last: number;
}

/**
 * What the router's own sockets use on the external address: its ephemeral ports (net.ipv4.ip_local_port_range is set
 * to the same range), DNS, DHCP and NTP. Translating them would take the router's own answers away from it.
 */
export const ROUTER_PORTS: readonly PortRange[] = [
  { first: 53, last: 53 },
  { first: 67, last: 68 },
  { first: 123, last: 123 },
  { first: 10240, last: 14335 },
];

/** What overload sessions share when a transport has no port left; never a binding's or a forward's. */
export const OVERLOAD_PORTS: PortRange = { first: 14336, last: 15359 };

const WELL_KNOWN = { first: 1, last: 1023 };
const HIGH = { first: 1024, last: 65535 };
const IDENTIFIERS = { first: 0, last: 65535 };

/** Chooses external ports of one address. */
export class ExternalPorts {
  readonly #heldBack = new Uint8Array(65536);

  constructor(heldBack: readonly PortRange[]) {
    for (const { first, last } of heldBack) this.#heldBack.fill(1, first, last + 1);
  }

  /**
   * The internal port itself where it is free (RFC 4787 section 4.2.1, port preservation); else a free port of its range
   * class (REQ-3a) and parity (REQ-4), found from a start that cannot be guessed (RFC 7857 section 9); else one of the
   * other parity; -1 when the class has none left. ICMP identifiers have neither class nor parity.
   */
  choose(
    transport: Transport,
    wanted: number,
    isFree: (port: number) => boolean,
    random: () => number,
  ): number {
    const usable = (port: number) => this.#isOffered(transport, port) && isFree(port);
    if (usable(wanted)) return wanted;
    if (transport === ICMP_QUERY) return search(IDENTIFIERS, 0, 1, usable, random);
    const range = wanted <= WELL_KNOWN.last ? WELL_KNOWN : HIGH;
    const sameParity = search(range, wanted & 1, 2, usable, random);
    return sameParity >= 0 ? sameParity : search(range, ~wanted & 1, 2, usable, random);
  }

  #isOffered(transport: Transport, port: number): boolean {
    return transport === ICMP_QUERY || (port !== 0 && this.#heldBack[port] === 0);
  }
}

/** The first usable port, cyclically from a random start, among those of `range` that are `parity` modulo `step`. */
function search(
  range: PortRange,
  parity: number,
  step: number,
  usable: (port: number) => boolean,
  random: () => number,
): number {
  const lowest = step === 1 ? range.first : range.first + ((range.first ^ parity) & 1);
  const count = Math.floor((range.last - lowest) / step) + 1;
  const start = Math.floor(random() * count);
  for (let i = 0; i < count; i++) {
    const port = lowest + ((start + i) % count) * step;
    if (usable(port)) return port;
  }
  return -1;
}

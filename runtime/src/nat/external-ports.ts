import type { IPv4 } from "../addr/ipv4.ts";
import { BINDING_SLOTS, slotOf } from "./binding-table.ts";
import { RestingSlots } from "./resting-slots.ts";
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

/** The external ports of overload sessions. No binding has them, so that none is ever in a session's way. */
export const OVERLOAD_PORTS: PortRange = { first: 14336, last: 15359 };

const WORDS_PER_TRANSPORT = 65536 / 32;
/** Words of the bitmap that hold a port range class: 1 to 1023, and 1024 to 65535 (RFC 4787 REQ-3a). */
const WELL_KNOWN = { first: 0, count: 32 };
const HIGH = { first: 32, count: WORDS_PER_TRANSPORT - 32 };
const ALL = { first: 0, count: WORDS_PER_TRANSPORT };
const ANY = 0xffffffff;
const EVEN = 0x55555555;
const ODD = 0xaaaaaaaa;
/** A start that is no port held back is drawn for at most this often; one in twelve is. */
const DRAWS = 8;

/**
 * Which external ports of one address are free, a bit each, so that the search for one takes 2 µs at worst however few are
 * left; and which rest because another host had them a moment ago.
 */
export class ExternalPorts {
  readonly #offered: Uint32Array;
  readonly #free: Uint32Array;
  /** Free ports by transport and range class, so that a search that must fail is not made. */
  readonly #freeOfClass = new Uint32Array(6);
  readonly #resting = new RestingSlots(BINDING_SLOTS);

  constructor(heldBack: readonly PortRange[]) {
    this.#offered = new Uint32Array(BINDING_SLOTS / 32).fill(ANY);
    this.#free = new Uint32Array(BINDING_SLOTS / 32);
    for (let transport: Transport = 0; transport < ICMP_QUERY; transport++) {
      const ranges = [{ first: 0, last: 0 }, OVERLOAD_PORTS, ...heldBack];
      for (const { first, last } of ranges)
        for (let port = first; port <= last; port++)
          clearBit(this.#offered, slotOf(transport as Transport, port));
    }
    this.clear();
  }

  /**
   * The internal port itself where it is free (RFC 4787 section 4.2.1, port preservation); else a free port of its range
   * class (REQ-3a) and parity (REQ-4), found from a start that cannot be guessed (RFC 7857 section 9); else one of the
   * other parity; -1 when the class has none left. ICMP identifiers have neither class nor parity. A port that rests is
   * free for the host that had it, where `ignoresRest` for any.
   */
  choose(
    transport: Transport,
    wanted: number,
    address: IPv4,
    ignoresRest: boolean,
    random: () => number,
  ): number {
    const slot = slotOf(transport, wanted);
    if (hasBit(this.#free, slot)) return wanted;
    if (this.#resting.has(slot) && (ignoresRest || this.#resting.hostOf(slot) === address)) return wanted;
    if (transport === ICMP_QUERY) {
      const left = (this.#freeOfClass[4] ?? 0) + (this.#freeOfClass[5] ?? 0);
      return left === 0 ? -1 : this.#search(transport, ALL, ANY, random);
    }
    if (this.#freeOfClass[classOf(slot)] === 0) return -1;
    const range = wanted < 1024 ? WELL_KNOWN : HIGH;
    const parity = wanted & 1 ? ODD : EVEN;
    const same = this.#search(transport, range, parity, random);
    return same >= 0 ? same : this.#search(transport, range, ~parity, random);
  }

  /** A port is bound from now on. */
  take(slot: number): void {
    if (hasBit(this.#free, slot)) {
      clearBit(this.#free, slot);
      this.#countFree(slot, -1);
    }
    this.#resting.remove(slot);
  }

  /** A port is bound no more and rests: its last host may have it at once, others after the quarantine (RFC 6888 REQ-8). */
  rest(slot: number, address: IPv4, now: number): void {
    if (hasBit(this.#offered, slot)) this.#resting.append(slot, address, now);
  }

  /** Frees the ports that have rested for `quarantine` milliseconds, at most 64, so that no packet waits long for it. */
  wake(now: number, quarantine: number): void {
    for (let count = 0; count < 64; count++) {
      const slot = this.#resting.oldest;
      if (slot < 0 || now - this.#resting.sinceOf(slot) < quarantine) return;
      this.#resting.remove(slot);
      setBit(this.#free, slot);
      this.#countFree(slot, 1);
    }
  }

  /** Forgets that ports rest. */
  clear(): void {
    this.#resting.clear();
    this.#free.set(this.#offered);
    this.#freeOfClass.fill(0);
    for (let slot = 0; slot < BINDING_SLOTS; slot++) if (hasBit(this.#free, slot)) this.#countFree(slot, 1);
  }

  #countFree(slot: number, change: number): void {
    const group = classOf(slot);
    this.#freeOfClass[group] = (this.#freeOfClass[group] ?? 0) + change;
  }

  /** The first free port, cyclically from a random start, among those that `mask` selects of each word of the range. */
  #search(
    transport: Transport,
    range: { first: number; count: number },
    mask: number,
    random: () => number,
  ): number {
    const base = transport * WORDS_PER_TRANSPORT;
    const first = (base + range.first) * 32;
    let start = Math.floor(random() * range.count * 32);
    // From all starts among the ports held back the search would come to the one after them, which could be guessed.
    for (let draw = 1; draw < DRAWS && !hasBit(this.#offered, first + start); draw++) {
      start = Math.floor(random() * range.count * 32);
    }
    const startWord = start >>> 5;
    const fromStart = ANY << (start & 31);
    // Once more than there are words: the first one's lower bits come last.
    for (let i = 0; i <= range.count; i++) {
      const word = range.first + ((startWord + i) % range.count);
      const bits = (this.#free[base + word] ?? 0) & mask & (i === 0 ? fromStart : ANY);
      if (bits !== 0) return (word << 5) | (31 - Math.clz32(bits & -bits));
    }
    return -1;
  }
}

/** The transport and range class of a slot as one number below 6. */
function classOf(slot: number): number {
  return (slot >>> 16) * 2 + ((slot & 0xffff) < 1024 ? 0 : 1);
}

function hasBit(bits: Uint32Array, index: number): boolean {
  return ((bits[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
}

function setBit(bits: Uint32Array, index: number): void {
  bits[index >>> 5] = (bits[index >>> 5] ?? 0) | (1 << (index & 31));
}

function clearBit(bits: Uint32Array, index: number): void {
  bits[index >>> 5] = (bits[index >>> 5] ?? 0) & ~(1 << (index & 31));
}

import { PROTOCOL_TCP, PROTOCOL_UDP } from "../../wire/ipv4.ts";
import {
  DEVICE_LOW,
  DEVICE_PORT,
  DOWN_BYTES,
  DOWN_PACKETS,
  deviceHigh,
  SUMS_WORDS,
  UP_BYTES,
  UP_PACKETS,
} from "./layout.ts";
import { NO_DEVICE, type PacketRecord } from "./records.ts";

/** Pairs and services of one tick at most; a home has some hundreds. */
const MAX_ROWS = 4096;
/** One in so many rows is kept for the traffic of one device with remotes that have no room. */
const OTHERS_SHARE = 8;

/**
 * The sums of the tick that is under way, as they go into the feed. Nothing is ever left out: remotes that have no room
 * count as "::" of their device, without protocol, and devices that have none as one.
 */
export class SumsTable {
  /** Rows as in the feed, one after the other. */
  readonly rows: Uint32Array;
  readonly bytes: Uint8Array;
  readonly #limit: number;
  /** Row plus one by hash of its key, open addressing. */
  readonly #index: Uint16Array;
  readonly #shift: number;
  #size = 0;

  /** `limit` rows at most, 16 to 4096. */
  constructor(limit: number) {
    this.#limit = Math.min(MAX_ROWS, limit);
    this.rows = new Uint32Array(this.#limit * SUMS_WORDS);
    this.bytes = new Uint8Array(this.rows.buffer);
    const bits = Math.ceil(Math.log2(this.#limit)) + 2;
    this.#index = new Uint16Array(2 ** bits);
    this.#shift = 32 - bits;
  }

  get size(): number {
    return this.#size;
  }

  add(packet: PacketRecord): void {
    const { rows } = this;
    const at = this.#rowOf(packet) * SUMS_WORDS;
    const bytes = at + (packet.up ? UP_BYTES : DOWN_BYTES);
    const packets = at + (packet.up ? UP_PACKETS : DOWN_PACKETS);
    rows[bytes] = (rows[bytes] ?? 0) + packet.length;
    rows[packets] = (rows[packets] ?? 0) + packet.segments;
  }

  /** Whether a row is of the device. */
  holds(device: number): boolean {
    for (let at = 0; at < this.#size * SUMS_WORDS; at += SUMS_WORDS) {
      const high = (this.rows[at + DEVICE_PORT] ?? 0) & 0xffff;
      if (this.rows[at + DEVICE_LOW] === device >>> 0 && high === deviceHigh(device)) return true;
    }
    return false;
  }

  clear(): void {
    if (this.#size === 0) return;
    this.rows.fill(0, 0, this.#size * SUMS_WORDS);
    this.#index.fill(0);
    this.#size = 0;
  }

  #rowOf(packet: PacketRecord): number {
    const { device, remote, protocol } = packet;
    const low = device | 0;
    const high = deviceHigh(device);
    const devicePort = high | (servicePort(packet) << 16);
    const r0 = (remote[0] ?? 0) | 0;
    const r1 = (remote[1] ?? 0) | 0;
    const r2 = (remote[2] ?? 0) | 0;
    const r3 = (remote[3] ?? 0) | 0;
    const reserved = Math.floor(this.#limit / OTHERS_SHARE);
    const row = this.#find(r0, r1, r2, r3, low, devicePort, protocol, this.#limit - reserved);
    if (row >= 0) return row;
    const others = this.#find(0, 0, 0, 0, low, high, 0, this.#limit - 1);
    return others >= 0 ? others : this.#find(0, 0, 0, 0, NO_DEVICE, 0, 0, this.#limit);
  }

  /** The row with this key, made while there are fewer than `limit`; else -1. */
  #find(
    r0: number,
    r1: number,
    r2: number,
    r3: number,
    low: number,
    devicePort: number,
    protocol: number,
    limit: number,
  ): number {
    const { rows } = this;
    const mask = this.#index.length - 1;
    let hash = Math.imul(r0 ^ r3, 0x9e3779b1) ^ Math.imul(r1 ^ (low << 7), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15) ^ r2 ^ devicePort ^ protocol, 0xc2b2ae35);
    let bucket = hash >>> this.#shift;
    for (;;) {
      const row = (this.#index[bucket] ?? 0) - 1;
      if (row < 0) break;
      const at = row * SUMS_WORDS;
      const isIt =
        ((rows[at + 3] ?? 0) | 0) === r3 &&
        ((rows[at + 4] ?? 0) | 0) === low &&
        ((rows[at + 5] ?? 0) | 0) === devicePort &&
        ((rows[at + 6] ?? 0) | 0) === protocol &&
        ((rows[at] ?? 0) | 0) === r0 &&
        ((rows[at + 1] ?? 0) | 0) === r1 &&
        ((rows[at + 2] ?? 0) | 0) === r2;
      if (isIt) return row;
      bucket = (bucket + 1) & mask;
    }
    if (this.#size >= limit) return -1;
    const at = this.#size * SUMS_WORDS;
    rows[at] = r0;
    rows[at + 1] = r1;
    rows[at + 2] = r2;
    rows[at + 3] = r3;
    rows[at + 4] = low;
    rows[at + 5] = devicePort;
    rows[at + 6] = protocol;
    this.#index[bucket] = this.#size + 1;
    return this.#size++;
  }
}

function servicePort({ protocol, localPort, remotePort }: PacketRecord): number {
  return protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP ? Math.min(localPort, remotePort) : 0;
}

import type { Prefix } from "../../addr/prefix.ts";
import { type CapturedFrame, openRing, type PacketRing } from "../../linux/packet/ring.ts";
import type { Nat } from "../../nat/nat.ts";
import { observe } from "../../nat/packet.ts";
import { DeviceCounters } from "../../traffic/device-counters.ts";
import { countFrame, wireLength } from "../../traffic/frame.ts";
import { ETHERNET_HEADER, ETHERTYPE_IPV4, etherType } from "../../wire/ethernet.ts";

/** Ethernet, an IP header with options and a TCP header. */
const SNAP_LENGTH = 128;
/** 4 MiB: 60 ms of 64-byte frames at 400 000 a second, which is more than one core forwards. */
const BLOCK_SIZE = 1 << 18;
const BLOCK_COUNT = 16;
/** Well inside the 100 ms that traffic is reported at. */
const BLOCK_TIMEOUT = 20;

/** One capture ring per interface of the home: counts devices' traffic and keeps the bindings in use alive. */
export class Taps {
  readonly counters = new DeviceCounters();
  readonly #nat: Nat;
  readonly #rings = new Map<string, PacketRing>();
  #home: readonly Prefix[] = [];
  #now = 0;

  constructor(nat: Nat) {
    this.#nat = nat;
  }

  get fds(): number[] {
    return Array.from(this.#rings.values(), (ring) => ring.fd);
  }

  get stats(): { frames: number; dropped: number } {
    const total = { frames: 0, dropped: 0 };
    for (const ring of this.#rings.values()) {
      const { received, dropped } = ring.stats();
      total.frames += received;
      total.dropped += dropped;
    }
    return total;
  }

  /** Opens a ring on `name`, or keeps the one there is. Throws SystemError, ENODEV when there is no such interface. */
  open(name: string): void {
    const kept = this.#rings.get(name);
    if (kept !== undefined) {
      kept.reattach();
      return;
    }
    const ring = openRing({
      interface: name,
      snapLength: SNAP_LENGTH,
      blockSize: BLOCK_SIZE,
      blockCount: BLOCK_COUNT,
      blockTimeout: BLOCK_TIMEOUT,
    });
    this.#rings.set(name, ring);
  }

  /** Closes the rings of interfaces not among `names`; `home` holds the networks whose traffic stays inside. */
  retain(names: readonly string[], home: readonly Prefix[]): void {
    this.#home = home;
    for (const [name, ring] of this.#rings) {
      if (names.includes(name)) continue;
      ring.close();
      this.#rings.delete(name);
    }
  }

  /** Reads the blocks that are ready. */
  read(now: number): void {
    this.#now = now;
    for (const ring of this.#rings.values()) ring.read(this.#see);
  }

  close(): void {
    this.retain([], []);
  }

  readonly #see = (frame: CapturedFrame): void => {
    countFrame(this.counters, this.#home, frame);
    const { view, offset, capturedLength } = frame;
    if (capturedLength < ETHERNET_HEADER || etherType(view, offset) !== ETHERTYPE_IPV4) return;
    const packet = offset + ETHERNET_HEADER;
    const direction = frame.outgoing ? "inbound" : "outbound";
    const bytes = wireLength(frame);
    observe(this.#nat, view, packet, capturedLength - ETHERNET_HEADER, direction, bytes, this.#now);
  };
}

import type { Prefix } from "../../addr/prefix.ts";
import { type CapturedFrame, openRing, type PacketRing } from "../../linux/packet/ring.ts";
import type { Nat } from "../../nat/nat.ts";
import { observe } from "../../nat/packet.ts";
import { DeviceCounters } from "../../traffic/device-counters.ts";
import { Sighting } from "../../traffic/frame.ts";
import type { Log } from "../log.ts";
import { limitLongFrames } from "./long-frames.ts";
import type { Recording } from "./recording.ts";
import { TickClock } from "./tick-clock.ts";

/** The longest IP packet with Ethernet's header and a tag. */
const SNAP_LENGTH = 65_535 + 18;
/**
 * 16 MB: 130 ms of gigabit Ethernet, over 200 ms of 64-byte frames at 400 000 a second, which is more than one core forwards, and a
 * burst of super-packets on eight processors. Each block holds the longest frame three times.
 */
const BLOCK_SIZE = 1 << 18;
const BLOCK_COUNT = 64;
/** Short, so that who watches packets sees them at once; a wake-up each costs an idle machine nothing that shows. */
const BLOCK_TIMEOUT = 8;
/** Frames between two looks at the NAT's queues: under a fifth of a millisecond. */
const FRAMES_AT_ONCE = 256;

/** One capture ring per interface of the home: counts devices' traffic, keeps the bindings in use alive and records. */
export class Taps {
  readonly counters = new DeviceCounters();
  readonly #nat: Nat;
  readonly #recording: Recording;
  readonly #log: Log;
  readonly #rings = new Map<string, PacketRing>();
  readonly #sighting = new Sighting();
  readonly #clock = new TickClock(Date.now(), (tick) => this.#endTick(tick));
  #home: readonly Prefix[] = [];
  #now = 0;
  #frames = 0;
  #dropped = 0;

  constructor(nat: Nat, recording: Recording, log: Log) {
    this.#nat = nat;
    this.#recording = recording;
    this.#log = log;
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
    limitLongFrames(ring.fd, SNAP_LENGTH, this.#log);
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

  /** Reads some of the frames that are ready, and ends the ticks that are over; whether there may be more. */
  read(now: number): boolean {
    this.#now = now;
    let isMore = false;
    for (const ring of this.#rings.values()) {
      if (ring.read(this.#see, FRAMES_AT_ONCE) > 0) isMore = true;
    }
    if (!isMore) this.#clock.follow(Date.now());
    return isMore;
  }

  close(): void {
    this.retain([], []);
  }

  readonly #see = (frame: CapturedFrame): void => {
    const { seconds, nanoseconds, view, offset, capturedLength, wireLength, segments, outgoing } = frame;
    if (this.#clock.isLater(seconds, nanoseconds)) this.#clock.pass(seconds, nanoseconds, Date.now());
    this.#frames++;
    const sighting = this.#sighting;
    sighting.read(frame, this.#home);
    const { ip } = sighting;
    if (sighting.crossesBorder) this.counters.add(view, sighting.deviceAt, !outgoing, wireLength, segments);
    if (ip >= 0 && sighting.isIPv4) {
      const direction = outgoing ? "inbound" : "outbound";
      observe(this.#nat, view, ip, offset + capturedLength - ip, direction, wireLength, this.#now);
    }
    this.#recording.see(frame, sighting, this.#now);
  };

  #endTick(tick: number): void {
    const { dropped } = this.stats;
    // A ring that was closed takes its drops along.
    this.#recording.endTick(tick, this.#frames, Math.max(0, dropped - this.#dropped));
    this.#frames = 0;
    this.#dropped = dropped;
  }
}

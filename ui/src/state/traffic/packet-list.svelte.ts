import type { LivePacket } from "@gatehouse/runtime/wire/live/frame.ts";
import type { PacketMode } from "./live-stream.svelte.ts";

/** Packets kept; those seen first go first. */
const MOST = 500;
/** The list changes no more often than a person can read. */
const READABLE_MS = 250;

export interface SeenPacket extends LivePacket {
  /** Counts up, so that rows keep their places. */
  number: number;
}

/** The packets seen last, the latest first, until somebody stops the list to read. */
export class PacketList {
  shown = $state.raw<readonly SeenPacket[]>([]);
  isPaused = $state(false);
  /** Packets that came while the list stood still. */
  newer = $state(0);
  mode = $state.raw<PacketMode | null>(null);
  /** Packets that the router told in sums only, since the list was opened. */
  leftOut = $state(0);
  private seen: SeenPacket[] = [];
  private count = 0;
  /** How many had come when the list was last shown. */
  private told = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  add(packets: readonly LivePacket[]): void {
    for (const packet of packets.slice(-MOST)) this.seen.push({ ...packet, number: this.count++ });
    if (packets.length > MOST) this.count += packets.length - MOST;
    if (this.seen.length > 2 * MOST) this.seen = this.seen.slice(-MOST);
    this.timer ??= setTimeout(() => this.publish(), READABLE_MS);
  }

  tell(mode: PacketMode): void {
    this.mode = mode;
    this.leftOut += mode.leftOut;
  }

  pause(isPaused: boolean): void {
    this.isPaused = isPaused;
    this.publish();
  }

  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.seen = [];
    this.shown = [];
    this.mode = null;
    this.leftOut = 0;
    this.newer = 0;
    this.told = this.count;
    this.isPaused = false;
  }

  private publish(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.isPaused) this.newer = this.count - this.told;
    else {
      this.newer = 0;
      this.told = this.count;
      this.shown = this.seen.slice(-MOST).sort(latestFirst);
    }
  }
}

/** Packets of one frame come in the order of the devices that sent them. */
function latestFirst(a: LivePacket, b: LivePacket): number {
  return b.seconds - a.seconds || b.nanoseconds - a.nanoseconds;
}

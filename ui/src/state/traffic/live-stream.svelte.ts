import { decodeLiveFrame } from "@gatehouse/runtime/wire/live/decode.ts";
import type { LiveFrame, LiveName, LivePacket, LiveSum } from "@gatehouse/runtime/wire/live/frame.ts";
import { openTrafficStream, type TrafficSocket } from "../../api/traffic.ts";
import { backoff } from "../backoff.ts";
import { TICK_MS } from "./range.ts";

/** Sums come ten times a second; this much silence means that the stream has ended. */
const SILENCE_MS = 5_000;
/** Ticks kept, to be added to an answer that was asked for before they came. */
const KEPT_TICKS = 200;
/** Names kept; those that came first go first. */
const MOST_NAMES = 4_000;
/** The chart runs this far behind the newest tick, so that it slides evenly although frames come in steps. */
const BEHIND_MS = 250;
/** Without news the chart slides on for this long and then waits. */
const PATIENCE_MS = 1_000;

export interface Tick {
  at: number;
  records: readonly LiveSum[];
}
export type PacketMode = Omit<Extract<LiveFrame, { kind: "mode" }>, "kind">;

export interface StreamListener {
  tick(tick: Tick): void;
  packets(packets: readonly LivePacket[]): void;
  mode(mode: PacketMode): void;
}

/** The live stream of sums and packets, kept open while the page is shown. */
export class LiveStream {
  phase = $state<"connecting" | "live" | "lost">("connecting");
  /** Until when all ticks have come, on the router's clock, and when the newest did, by performance.now(). */
  newest = 0;
  readonly names = new Map<string, LiveName>();
  private arrived = 0;
  private kept: Tick[] = [];
  private socket: TrafficSocket | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private attempt = 0;
  private wanted: { device: string | null; packets: boolean } = { device: null, packets: false };

  constructor(private readonly listener: StreamListener) {}

  /** Now on the router's clock, as far as it is known; 0: it is not. */
  now(): number {
    if (this.newest === 0) return 0;
    return this.newest + Math.min(performance.now() - this.arrived, PATIENCE_MS) - BEHIND_MS;
  }

  /** The ticks that came and began at `from` or later. */
  since(from: number): readonly Tick[] {
    return this.kept.filter(({ at }) => at >= from);
  }

  open(): void {
    clearTimeout(this.timer);
    this.socket = openTrafficStream({
      opened: () => this.socket?.select(this.wanted),
      frame: (bytes) => this.take(bytes),
      closed: () => this.lose(),
    });
    this.expectMore();
  }

  close(): void {
    clearTimeout(this.timer);
    this.socket?.close();
  }

  /** Of which device sums and packets come, or of all, and whether packets do. */
  select(device: string | null, packets: boolean): void {
    if (this.wanted.device === device && this.wanted.packets === packets) return;
    this.wanted = { device, packets };
    this.socket?.select(this.wanted);
  }

  private take(bytes: Uint8Array): void {
    const frame = decodeLiveFrame(bytes);
    this.phase = "live";
    this.attempt = 0;
    this.expectMore();
    if (frame?.kind === "sums") this.tick(frame);
    else if (frame?.kind === "names") this.learn(frame.names);
    else if (frame?.kind === "packets") this.listener.packets(frame.records);
    else if (frame?.kind === "mode") this.listener.mode(frame);
  }

  private tick(tick: Tick): void {
    this.newest = tick.at + TICK_MS;
    this.arrived = performance.now();
    this.kept.push(tick);
    if (this.kept.length > 2 * KEPT_TICKS) this.kept = this.kept.slice(-KEPT_TICKS);
    this.listener.tick(tick);
  }

  private learn(names: readonly LiveName[]): void {
    for (const name of names) this.names.set(name.remote, name);
    for (const remote of this.names.keys()) {
      if (this.names.size <= MOST_NAMES) return;
      this.names.delete(remote);
    }
  }

  private expectMore(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.lose(), SILENCE_MS);
  }

  private lose(): void {
    this.socket?.close();
    this.phase = "lost";
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), backoff(this.attempt++, Math.random));
  }
}

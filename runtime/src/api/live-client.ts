import type { LiveEvent, TrafficEvent } from "./model.ts";

/** Where a client's messages go: positive when sent, -1 when queued behind others, 0 when lost (Bun's WebSocket.send). */
export type Send = (text: string) => number;

/** What is told when it changes, and true until then. */
export type State = Exclude<LiveEvent["type"], "traffic">;

/**
 * One reader of the live stream. While its connection cannot take more, nothing is queued: traffic is summed, so that
 * no byte is lost, and of all else only the fact that it changed is kept. `drained` sends what was missed.
 * Memory is bounded by the number of devices.
 */
export class LiveClient {
  private congested = false;
  private missed: TrafficEvent | undefined;
  private stale = new Set<State>();

  constructor(
    private readonly send: Send,
    private readonly current: (type: State) => string,
  ) {}

  /** Passes an event on; `text` is its JSON, made once for all clients. */
  offer(event: LiveEvent, text: string): void {
    if (!this.congested) this.push(text);
    else if (event.type === "traffic") this.missed = sum(this.missed, event);
    else this.stale.add(event.type);
  }

  /** The connection has room again. */
  drained(): void {
    this.congested = false;
    for (const type of this.stale) {
      if (this.congested) return;
      this.stale.delete(type);
      this.push(this.current(type));
    }
    if (this.congested || this.missed === undefined) return;
    const text = JSON.stringify(this.missed);
    this.missed = undefined;
    this.push(text);
  }

  private push(text: string): void {
    this.congested = this.send(text) <= 0;
  }
}

/** Both intervals as one: their exact volumes over the time of both. */
function sum(earlier: TrafficEvent | undefined, later: TrafficEvent): TrafficEvent {
  if (earlier === undefined) return later;
  const devices = new Map(earlier.devices.map((device) => [device.mac, device]));
  for (const { mac, up, down } of later.devices) {
    const before = devices.get(mac) ?? { up: 0, down: 0 };
    devices.set(mac, { mac, up: before.up + up, down: before.down + down });
  }
  return {
    type: "traffic",
    at: later.at,
    intervalMs: earlier.intervalMs + later.intervalMs,
    total: { up: earlier.total.up + later.total.up, down: earlier.total.down + later.total.down },
    devices: [...devices.values()],
  };
}

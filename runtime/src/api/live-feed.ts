import { LiveClient, type Send, type State } from "./live-client.ts";
import type { LiveEvent } from "./model.ts";
import { Places } from "./places.ts";
import type { RouterSource } from "./source.ts";

/** A browser takes five silent seconds as a lost connection; the status is the sign of life. */
const HEARTBEAT_MS = 4_000;
/** More readers than people and screens in a home, and more than one device has: past that a client is leaking connections. */
const MAX_CLIENTS = 64;
const MAX_PER_DEVICE = 16;

/** Passes the router's events on to every open live connection, whose identity is `Key`. */
export class LiveFeed<Key> {
  private readonly clients = new Map<Key, LiveClient>();
  private readonly places = new Places(MAX_CLIENTS, MAX_PER_DEVICE);
  private readonly leaving = new Map<Key, () => void>();
  private stopListening: (() => void) | undefined;
  private heartbeat: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly source: RouterSource) {}

  /** Greets a new client, at the address `device`, with status and devices; false when there are too many. */
  open(key: Key, device: string, send: Send): boolean {
    const leave = this.places.take(device);
    if (leave === undefined) return false;
    this.leaving.set(key, leave);
    const client = new LiveClient(send, (type) => JSON.stringify(this.event(type)));
    this.clients.set(key, client);
    if (this.clients.size === 1) this.start();
    for (const type of ["status", "devices"] as const) {
      const event = this.event(type);
      client.offer(event, JSON.stringify(event));
    }
    return true;
  }

  drained(key: Key): void {
    this.clients.get(key)?.drained();
  }

  close(key: Key): void {
    this.leaving.get(key)?.();
    this.leaving.delete(key);
    if (this.clients.delete(key) && this.clients.size === 0) this.stop();
  }

  private start(): void {
    this.stopListening = this.source.subscribe((event) => this.broadcast(event));
    this.heartbeat = setInterval(() => this.broadcast(this.event("status")), HEARTBEAT_MS);
  }

  private stop(): void {
    this.stopListening?.();
    clearInterval(this.heartbeat);
  }

  private broadcast(event: LiveEvent): void {
    const text = JSON.stringify(event);
    for (const client of this.clients.values()) client.offer(event, text);
  }

  private event(type: State): LiveEvent {
    if (type === "status") return { type, status: this.source.status() };
    return type === "devices" ? { type, devices: this.source.devices() } : { type };
  }
}

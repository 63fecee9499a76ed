import { parseMac } from "../addr/mac.ts";
import type { LiveSelection, LiveWatch, TrafficSource } from "../service/traffic/source.ts";
import { Places } from "./places.ts";

/** More than people and screens of a home have open. */
const MAX_CLIENTS = 32;
const MAX_PER_DEVICE = 8;

/** WebSocket close codes (RFC 6455 section 7.4.1, IANA's registry). */
const POLICY_VIOLATION = 1008;
const TRY_AGAIN_LATER = 1013;

/** One WebSocket, as far as it matters here. */
export interface LiveSocket {
  /** Sends a binary message; 0 when it was lost (Bun's WebSocket.send). */
  send(frame: Uint8Array): number;
  /** Bytes that were sent and are still here. */
  unsent(): number;
  close(code: number, reason: string): void;
}

interface Client {
  socket: LiveSocket;
  watch: LiveWatch;
  leave(): void;
}

/** The readers of the live traffic, each with its own selection; their identity is `Key`. */
export class TrafficLive<Key> {
  readonly #clients = new Map<Key, Client>();
  readonly #places = new Places(MAX_CLIENTS, MAX_PER_DEVICE);

  /**
   * Begins with the sums of all devices for a client at `address`. `whileWatching` calls what it is given when the client may
   * watch no longer, until what it returns is called.
   */
  open(
    key: Key,
    address: string,
    socket: LiveSocket,
    traffic: TrafficSource,
    whileWatching: (denied: () => void) => () => void,
  ): void {
    const leave = this.#places.take(address);
    if (leave === undefined) {
      socket.close(TRY_AGAIN_LATER, "Too many live connections");
      return;
    }
    const forget = whileWatching(() => socket.close(POLICY_VIOLATION, "Not for whoever is signed out"));
    const watch = traffic.watch({ packets: false }, (frame) => sent(socket, frame));
    this.#clients.set(key, {
      socket,
      watch,
      leave() {
        forget();
        leave();
      },
    });
  }

  /** What the client wants from now on; whoever says something else is shown out. */
  hear(key: Key, message: unknown): void {
    const client = this.#clients.get(key);
    const selection = selectionIn(message);
    if (selection === undefined) client?.socket.close(POLICY_VIOLATION, EXPECTED);
    else client?.watch.select(selection);
  }

  close(key: Key): void {
    const client = this.#clients.get(key);
    if (client === undefined) return;
    this.#clients.delete(key);
    client.watch.close();
    client.leave();
  }
}

/** Nothing may be missing in the sums: a client that lost a frame has to begin anew. */
function sent(socket: LiveSocket, frame: Uint8Array): number {
  if (socket.send(frame) === 0) socket.close(TRY_AGAIN_LATER, "Too slow");
  return socket.unsent();
}

const EXPECTED = 'Expected {"device": a MAC or null, "packets": true or false}';

function selectionIn(message: unknown): LiveSelection | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  const { device, packets, ...more } = message as Record<string, unknown>;
  if (typeof packets !== "boolean" || Object.keys(more).length > 0) return undefined;
  if (device === null) return { packets };
  const mac = typeof device === "string" ? parseMac(device) : undefined;
  return mac && { device: mac, packets };
}

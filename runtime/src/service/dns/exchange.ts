import { formatIPv4, type IPv4 } from "../../addr/ipv4.ts";
import type { Transport } from "../../dns/resolver.ts";
import { framed, MessageStream } from "../../wire/dns/stream.ts";

/** Where a query goes, and what to do with what comes back. */
export interface ExchangeHandlers {
  onMessage(bytes: Uint8Array): void;
  /** The upstream cannot be reached, refused, or closed the connection. Called at most once. */
  onFailure(): void;
}

/** One query's own socket: for UDP that means a source port of the kernel's unpredictable choice (RFC 5452 §9.2). */
export class ExchangeSocket {
  #socket: { close(): void } | undefined;
  #closed = false;

  constructor(
    upstream: IPv4,
    port: number,
    transport: Transport,
    query: Uint8Array,
    private readonly handlers: ExchangeHandlers,
  ) {
    const hostname = formatIPv4(upstream);
    const opening =
      transport === "udp" ? this.#openUdp(hostname, port, query) : this.#openTcp(hostname, port, query);
    opening.catch(() => this.#fail());
  }

  close(): void {
    this.#closed = true;
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** A connected socket: the kernel drops what others send, and reports a refusal. */
  async #openUdp(hostname: string, port: number, query: Uint8Array): Promise<void> {
    const socket = await Bun.udpSocket({
      connect: { hostname, port },
      binaryType: "uint8array",
      socket: {
        data: (_socket, bytes) => this.#deliver(bytes),
        error: () => this.#fail(),
      },
    });
    if (this.#adopt(socket)) socket.send(query);
  }

  async #openTcp(hostname: string, port: number, query: Uint8Array): Promise<void> {
    const stream = new MessageStream();
    const socket = await Bun.connect({
      hostname,
      port,
      socket: {
        binaryType: "uint8array",
        data: (_socket, chunk) => {
          for (const message of stream.push(chunk)) this.#deliver(message);
        },
        close: () => this.#fail(),
        error: () => this.#fail(),
      },
    });
    const frame = framed(query);
    // A query always fits into the empty buffer of a new connection.
    if (this.#adopt({ close: () => socket.terminate() }) && socket.write(frame) < frame.length) this.#fail();
  }

  /** Keeps the socket, unless the exchange ended while it was being opened. */
  #adopt(socket: { close(): void }): boolean {
    if (this.#closed) socket.close();
    else this.#socket = socket;
    return !this.#closed;
  }

  #deliver(bytes: Uint8Array): void {
    if (!this.#closed) this.handlers.onMessage(bytes);
  }

  #fail(): void {
    if (this.#closed) return;
    this.close();
    this.handlers.onFailure();
  }
}

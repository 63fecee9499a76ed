import type { Socket, TCPSocketListener, udp } from "bun";
import type { IPv4 } from "../../addr/ipv4.ts";
import type { Asker } from "../../dns/forwarder.ts";
import { framed, MessageStream } from "../../wire/dns/stream.ts";

/** A client that asked and can be replied to. */
export interface Client extends Asker {
  reply(bytes: Uint8Array): void;
}

export type OnQuery = (bytes: Uint8Array, client: Client) => void;

interface Connection {
  client: Client;
  stream: MessageStream;
  /** What the kernel has not taken yet. */
  unsent: Uint8Array[];
  unsentLength: number;
}

/** Connections at once, of all clients and of one, so that one cannot take the place of all; past that new ones are closed. */
const MAX_CONNECTIONS = 128;
const MAX_PER_CLIENT = 16;
/** Seconds an idle connection stays open (RFC 7766 §6.2.3 asks for a few). */
const IDLE_TIMEOUT = 10;
/** A client that does not read its answers is cut off beyond this many octets. */
const MAX_UNSENT = 256 * 1024;

/** Tells of a host's address who that is; undefined: nobody whose questions are answered. */
export type ClientAt = (address: string) => IPv4 | undefined;

/** UDP and TCP on one address, open until closed. */
export class Listener {
  readonly #connections = new Set<Client>();

  private constructor(
    readonly address: string,
    private readonly clientAt: ClientAt,
    private readonly onQuery: OnQuery,
  ) {}

  #udp: udp.Socket<"uint8array"> | undefined;
  #tcp: TCPSocketListener<Connection> | undefined;

  /** Opens both, on port `port` or, when that is 0, on a free one. Rejects when the address is not there or taken. */
  static async open(address: string, port: number, clientAt: ClientAt, onQuery: OnQuery): Promise<Listener> {
    const listener = new Listener(address, clientAt, onQuery);
    try {
      await listener.#openUdp(port);
      listener.#openTcp();
      return listener;
    } catch (error) {
      listener.close();
      throw error;
    }
  }

  get port(): number {
    return this.#udp!.port;
  }

  close(): void {
    this.#udp?.close();
    this.#tcp?.stop(true);
  }

  async #openUdp(port: number): Promise<void> {
    this.#udp = await Bun.udpSocket({
      hostname: this.address,
      port,
      binaryType: "uint8array",
      socket: {
        data: (socket, bytes, port, hostname) => {
          const address = this.clientAt(hostname);
          if (address === undefined) return;
          const reply = (message: Uint8Array) => sendOrLose(socket, message, port, hostname);
          this.onQuery(bytes, { address, transport: "udp", reply });
        },
      },
    });
  }

  #openTcp(): void {
    this.#tcp = Bun.listen<Connection>({
      hostname: this.address,
      port: this.port,
      socket: {
        binaryType: "uint8array",
        open: (socket) => this.#accept(socket),
        data: (socket, chunk) => {
          for (const message of socket.data?.stream.push(chunk) ?? []) {
            socket.timeout(IDLE_TIMEOUT);
            this.onQuery(message, socket.data.client);
          }
        },
        drain: flush,
        timeout: (socket) => socket.terminate(),
        close: (socket) => void this.#connections.delete(socket.data?.client),
        error: (socket) => socket.terminate(),
      },
    });
  }

  #accept(socket: Socket<Connection>): void {
    const address = this.clientAt(socket.remoteAddress);
    if (address === undefined || this.#isFull(address)) {
      socket.terminate();
      return;
    }
    socket.timeout(IDLE_TIMEOUT);
    const client: Client = { address, transport: "tcp", reply: (bytes) => write(socket, framed(bytes)) };
    this.#connections.add(client);
    socket.data = { client, stream: new MessageStream(), unsent: [], unsentLength: 0 };
  }

  #isFull(client: IPv4): boolean {
    const own = [...this.#connections].filter(({ address }) => address === client).length;
    return own >= MAX_PER_CLIENT || this.#connections.size >= MAX_CONNECTIONS;
  }
}

/** A reply that cannot be sent, because the client is unreachable or this address was given up, is a lost datagram. */
function sendOrLose(
  socket: udp.Socket<"uint8array">,
  bytes: Uint8Array,
  port: number,
  address: string,
): void {
  try {
    socket.send(bytes, port, address);
  } catch {
    // The client asks again.
  }
}

function write(socket: Socket<Connection>, bytes: Uint8Array): void {
  const connection = socket.data;
  connection.unsent.push(bytes);
  connection.unsentLength += bytes.length;
  if (connection.unsentLength > MAX_UNSENT) socket.terminate();
  else if (connection.unsent.length === 1) flush(socket);
}

function flush(socket: Socket<Connection>): void {
  const connection = socket.data;
  while (connection.unsent.length > 0) {
    const next = connection.unsent[0]!;
    const written = Math.max(0, socket.write(next));
    connection.unsentLength -= written;
    if (written < next.length) {
      connection.unsent[0] = next.subarray(written);
      return;
    }
    connection.unsent.shift();
  }
}

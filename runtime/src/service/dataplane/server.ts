import { chmodSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { Socket } from "bun";
import { createLog } from "../log.ts";
import { claim } from "./claim.ts";
import { JsonLines, jsonLine } from "./lines.ts";
import { checked, type Report, Request } from "./protocol.ts";
import type { LoopAnswer, LoopRequest } from "./thread.ts";

/** What a client may leave unread before it is cut off, lest it take this process's memory: twice the longest line. */
const MAX_UNREAD = 1 << 25;

/** The packet loop reports once a second; longer than this without a word, and it hangs. */
const RESPONSIVE = 5000;

interface ClientState {
  lines: JsonLines;
  unsent: Uint8Array;
}
type Client = Socket<ClientState>;

export interface DataplaneOptions {
  /**
   * Where to listen; an old socket there is replaced. Its owner and group may connect. In the same folder is what is recorded,
   * for the owner alone.
   */
  socketPath: string;
}

/** A running data plane. */
export interface Dataplane {
  /** Settles when the packet loop has failed: the process should end and be started again; the kernel carries on meanwhile. */
  readonly failed: Promise<Error>;
  /** Whether the packet loop has taken a turn lately: what a watchdog should ask. */
  isResponsive(): boolean;
  stop(): void;
}

/**
 * Starts the packet loop in a thread of its own and serves its clients over a Unix socket. Throws when it cannot listen, and
 * AlreadyRunning, with nothing touched, when another does.
 */
export function runDataplane({ socketPath }: DataplaneOptions): Dataplane {
  const release = claim(socketPath);
  const server = new Server(dirname(socketPath));
  const listener = server.listen(socketPath);
  return {
    failed: server.failed,
    isResponsive: () => server.isResponsive,
    stop() {
      listener.stop(true);
      server.stop();
      release();
    },
  };
}

/** Between the clients and the packet loop's thread. */
class Server {
  readonly #log = createLog("dataplane");
  readonly #loop = new Worker(new URL("./packet-loop.worker.ts", import.meta.url));
  readonly #failure = Promise.withResolvers<Error>();
  readonly #clients = new Set<Client>();
  /** Who waits for the answer to which request. */
  readonly #waiting = new Map<number, Client>();
  #lastId = 0;
  #lastTurn = performance.now();

  constructor(folder: string) {
    this.#loop.postMessage({ id: ++this.#lastId, request: { type: "start", folder } } satisfies LoopRequest);
    this.#loop.onmessage = ({ data }: MessageEvent<LoopAnswer>) => this.#hear(data);
    this.#loop.onerror = (event) => this.#failure.resolve(new Error(`packet loop: ${event.message}`));
  }

  get failed(): Promise<Error> {
    return this.#failure.promise;
  }

  get isResponsive(): boolean {
    return performance.now() - this.#lastTurn < RESPONSIVE;
  }

  stop(): void {
    this.#loop.terminate();
  }

  listen(socketPath: string): { stop(closeClients: boolean): void } {
    rmSync(socketPath, { force: true });
    const listener = Bun.listen<ClientState>({
      unix: socketPath,
      socket: {
        open: (client) => this.#welcome(client),
        data: (client, bytes) => this.#read(client, bytes),
        drain: (client) => send(client, new Uint8Array(0)),
        close: (client) => {
          this.#clients.delete(client);
        },
      },
    });
    chmodSync(socketPath, 0o660);
    this.#log.info(`listening on ${socketPath}`);
    return listener;
  }

  #welcome(client: Client): void {
    client.data = { lines: new JsonLines(), unsent: new Uint8Array(0) };
    this.#clients.add(client);
    this.#ask(client, { type: "traffic-so-far" });
  }

  #read(client: Client, bytes: Uint8Array): void {
    try {
      client.data.lines.push(bytes, (value) => {
        const request = checked(Request, value);
        if (request.ok) this.#ask(client, request.value);
        else deliver(client, { type: "refused", faults: request.faults });
      });
    } catch (error) {
      this.#log.limited("client", `closed a client that does not speak JSON lines: ${error}`);
      client.terminate();
    }
  }

  #ask(client: Client, request: LoopRequest["request"]): void {
    this.#waiting.set(++this.#lastId, client);
    this.#loop.postMessage({ id: this.#lastId, request } satisfies LoopRequest);
  }

  #hear({ id, report }: LoopAnswer): void {
    this.#lastTurn = performance.now();
    const asker = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (asker !== undefined) deliver(asker, report);
    else if (id === 0) for (const client of this.#clients) deliver(client, report);
  }
}

function deliver(client: Client, report: Report): void {
  send(client, new TextEncoder().encode(jsonLine(report)));
}

/** Writes what the socket takes and keeps the rest for when it drains. */
function send(client: Client, bytes: Uint8Array): void {
  const { unsent } = client.data;
  const all = unsent.length === 0 ? bytes : Buffer.concat([unsent, bytes]);
  const written = Math.max(client.write(all), 0);
  client.data.unsent = all.slice(written);
  if (client.data.unsent.length > MAX_UNREAD) client.terminate();
}

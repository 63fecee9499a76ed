import { chmodSync, rmSync } from "node:fs";
import type { Socket } from "bun";
import { createLog } from "../log.ts";
import { JsonLines, jsonLine } from "./lines.ts";
import { checked, type Report, Request } from "./protocol.ts";
import type { LoopAnswer, LoopRequest } from "./thread.ts";

/** What a client may leave unread before it is cut off, lest it take this process's memory: twice the longest line. */
const MAX_UNREAD = 1 << 25;

/** The packet loop reports once a second; longer than this without a word, and it hangs. */
const RESPONSIVE = 5000;

interface Client {
  lines: JsonLines;
  unsent: Uint8Array;
}

export interface DataplaneOptions {
  /** Where to listen; an old socket there is replaced. Its owner and group may connect. */
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

/** Starts the packet loop in a thread of its own and serves its clients over a Unix socket. Throws when it cannot listen. */
export function runDataplane({ socketPath }: DataplaneOptions): Dataplane {
  const log = createLog("dataplane");
  const loop = new Worker(new URL("./packet-loop.worker.ts", import.meta.url));
  const { promise: failed, resolve: fail } = Promise.withResolvers<Error>();
  const clients = new Set<Socket<Client>>();
  const waiting = new Map<number, Socket<Client>>();
  let lastId = 0;
  let lastTurn = performance.now();

  const ask = (client: Socket<Client>, request: LoopRequest["request"]) => {
    waiting.set(++lastId, client);
    loop.postMessage({ id: lastId, request } satisfies LoopRequest);
  };
  loop.onmessage = ({ data: { id, report } }: MessageEvent<LoopAnswer>) => {
    lastTurn = performance.now();
    const asker = waiting.get(id);
    waiting.delete(id);
    for (const client of id === 0 ? clients : asker === undefined ? [] : [asker]) deliver(client, report);
  };
  loop.onerror = (event) => fail(new Error(`packet loop: ${event.message}`));

  rmSync(socketPath, { force: true });
  const listener = Bun.listen<Client>({
    unix: socketPath,
    socket: {
      open(client) {
        client.data = { lines: new JsonLines(), unsent: new Uint8Array(0) };
        clients.add(client);
        ask(client, { type: "traffic-so-far" });
      },
      data(client, bytes) {
        try {
          client.data.lines.push(bytes, (value) => {
            const request = checked(Request, value);
            if (request.ok) ask(client, request.value);
            else deliver(client, { type: "refused", faults: request.faults });
          });
        } catch (error) {
          log.limited("client", `closed a client that does not speak JSON lines: ${error}`);
          client.terminate();
        }
      },
      drain: (client) => send(client, new Uint8Array(0)),
      close: (client) => void clients.delete(client),
    },
  });
  chmodSync(socketPath, 0o660);
  log.info(`listening on ${socketPath}`);
  const stop = () => {
    listener.stop(true);
    loop.terminate();
  };
  return { failed, isResponsive: () => performance.now() - lastTurn < RESPONSIVE, stop };
}

function deliver(client: Socket<Client>, report: Report): void {
  send(client, new TextEncoder().encode(jsonLine(report)));
}

/** Writes what the socket takes and keeps the rest for when it drains. */
function send(client: Socket<Client>, bytes: Uint8Array): void {
  const { unsent } = client.data;
  const all = unsent.length === 0 ? bytes : Buffer.concat([unsent, bytes]);
  const written = Math.max(client.write(all), 0);
  client.data.unsent = all.slice(written);
  if (client.data.unsent.length > MAX_UNREAD) client.terminate();
}

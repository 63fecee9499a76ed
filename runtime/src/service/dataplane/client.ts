import type { Socket } from "bun";
import { JsonLines, jsonLine } from "./lines.ts";
import { checked, type DataplaneConfig, Report, type Request } from "./protocol.ts";

const RECONNECT_AFTER = 250;

export interface DataplaneClientOptions {
  socketPath: string;
  onMessage(report: Report): void;
  /** The connection came or went. */
  onConnection?(isConnected: boolean): void;
}

/** A connection to the data plane that comes back by itself. */
export interface DataplaneClient {
  /** Sends a configuration now, and again whenever the data plane has been away. The answer comes as a message. */
  configure(config: DataplaneConfig): void;
  /** Asks for a "bindings" message; nothing happens while there is no connection. */
  listBindings(): void;
  close(): void;
}

/** Connects to the data plane's socket, trying again every 250 ms while it is not there. */
export function connectDataplane(options: DataplaneClientOptions): DataplaneClient {
  let socket: Socket | undefined;
  let config: DataplaneConfig | undefined;
  let isClosed = false;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const say = (request: Request) => void socket?.write(jsonLine(request));
  const reconnect = () => {
    if (isClosed) return;
    clearTimeout(retry);
    retry = setTimeout(connect, RECONNECT_AFTER);
  };
  const connect = () => {
    const lines = new JsonLines();
    Bun.connect({
      unix: options.socketPath,
      socket: {
        open(opened) {
          socket = opened;
          options.onConnection?.(true);
          if (config !== undefined) say({ type: "configure", config });
        },
        data(peer, bytes) {
          try {
            lines.push(bytes, (value) => {
              const report = checked(Report, value);
              if (report.ok) options.onMessage(report.value);
            });
          } catch {
            peer.terminate();
          }
        },
        close() {
          socket = undefined;
          options.onConnection?.(false);
          reconnect();
        },
      },
    }).catch(reconnect);
  };
  connect();
  return {
    configure(next) {
      config = next;
      say({ type: "configure", config: next });
    },
    listBindings: () => say({ type: "list-bindings" }),
    close() {
      isClosed = true;
      clearTimeout(retry);
      socket?.end();
    },
  };
}

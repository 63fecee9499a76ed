import type { Socket } from "bun";
import type { Mac } from "../../addr/mac.ts";
import { JsonLines, jsonLine } from "./lines.ts";
import { type Listed, type ListRequest, MAX_ROWS, type Rows } from "./listing.ts";
import { checked, type DataplaneConfig, Report, type Request } from "./protocol.ts";

/** Milliseconds: a data plane that has come back binds no new flow before it is told how. */
const RECONNECT_AFTER = 50;

type Listing = Extract<Report, { type: "listing" }>;

/** Which rows are asked for; all where nothing is said. */
export type ListFilter = Pick<ListRequest, "host" | "transport" | "after" | "limit">;

/** Rows, and where to go on for more; null when these were the last. */
export interface Page<What extends Listed> {
  rows: Rows[What][];
  next: number | null;
}

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
  /**
   * What the NAT holds, `limit` rows of it or all, asked for page by page: what comes and goes meanwhile may be missing.
   * Rejects when there is no connection, or it ends before the answer.
   */
  list<What extends Listed>(what: What, filter?: ListFilter): Promise<Page<What>>;
  /**
   * Forgets what is recorded of a device, by its MAC address, or of all of them: captures and what is in the feed. Rejects as
   * `list` does.
   */
  forget(device?: Mac): Promise<void>;
  close(): void;
}

/** Connects to the data plane's socket, trying again every 50 ms while it is not there. */
export function connectDataplane(options: DataplaneClientOptions): DataplaneClient {
  return new Connection(options);
}

class Connection implements DataplaneClient {
  #socket: Socket | undefined;
  #config: DataplaneConfig | undefined;
  #isClosed = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  /** Who waits for a listing, and for what is to be forgotten, in the order in which the data plane answers. */
  #asking: PromiseWithResolvers<Listing>[] = [];
  #forgetting: PromiseWithResolvers<void>[] = [];

  constructor(readonly options: DataplaneClientOptions) {
    this.#connect();
  }

  configure(config: DataplaneConfig): void {
    this.#config = config;
    this.#say({ type: "configure", config });
  }

  async list<What extends Listed>(what: What, filter: ListFilter = {}): Promise<Page<What>> {
    const { after = 0, limit = Number.POSITIVE_INFINITY, ...rest } = filter;
    const rows: Rows[What][] = [];
    for (let next: number | null = after; ; ) {
      const room = Math.min(limit - rows.length, MAX_ROWS);
      const page = await this.#ask({ type: "list", what, ...rest, after: next, limit: room });
      // The data plane answers what it was asked.
      rows.push(...(page.rows as Rows[What][]));
      next = page.next;
      if (next === null || rows.length >= limit) return { rows, next };
    }
  }

  forget(device?: Mac): Promise<void> {
    if (this.#socket === undefined) return Promise.reject(new Error("the data plane is not there"));
    const forgetting = Promise.withResolvers<void>();
    this.#forgetting.push(forgetting);
    this.#say({ type: "forget", ...(device !== undefined && { device }) });
    return forgetting.promise;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#socket?.end();
  }

  #say(request: Request): void {
    this.#socket?.write(jsonLine(request));
  }

  #ask(request: ListRequest): Promise<Listing> {
    if (this.#socket === undefined) return Promise.reject(new Error("the data plane is not there"));
    const asking = Promise.withResolvers<Listing>();
    this.#asking.push(asking);
    this.#say(request);
    return asking.promise;
  }

  #connect(): void {
    const lines = new JsonLines();
    const hear = (value: unknown) => this.#hear(value);
    Bun.connect({
      unix: this.options.socketPath,
      socket: {
        open: (opened) => {
          this.#socket = opened;
          this.options.onConnection?.(true);
          if (this.#config !== undefined) this.#say({ type: "configure", config: this.#config });
        },
        data(peer, bytes) {
          try {
            lines.push(bytes, hear);
          } catch {
            peer.terminate();
          }
        },
        close: () => this.#lose(),
      },
    }).catch(() => this.#connectSoon());
  }

  #hear(value: unknown): void {
    const report = checked(Report, value);
    if (!report.ok) return;
    if (report.value.type === "listing") this.#asking.shift()?.resolve(report.value);
    else if (report.value.type === "forgotten") this.#forgetting.shift()?.resolve();
    else this.options.onMessage(report.value);
  }

  #lose(): void {
    this.#socket = undefined;
    const waiting = [...this.#asking.splice(0), ...this.#forgetting.splice(0)];
    for (const { reject } of waiting) reject(new Error("the data plane is gone"));
    this.options.onConnection?.(false);
    this.#connectSoon();
  }

  #connectSoon(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#connect(), RECONNECT_AFTER);
  }
}

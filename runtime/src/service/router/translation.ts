import type { Mac } from "../../addr/mac.ts";
import { connectDataplane, type DataplaneClient } from "../dataplane/client.ts";
import type { DataplaneConfig, Report } from "../dataplane/protocol.ts";
import { createLog } from "../log.ts";
import type { Status } from "./status.ts";

export type TrafficReport = Extract<Report, { type: "traffic" }>;
export type CountersReport = Extract<Report, { type: "counters" }>;

export interface TranslationCounters {
  nat: Record<string, number>;
  tap: Record<string, number>;
}

export interface TranslationOptions {
  /** The data plane's socket. */
  socketPath: string;
  path: Status["nat"]["path"];
  /** `nat` or `faults` are others now. */
  onChange(): void;
  /** What came first after connecting are sums of a longer time than the report's interval: `isInterval` is false. */
  onTraffic(report: TrafficReport, isInterval: boolean): void;
}

const RETRY_AFTER_MS = 1_000;

const log = createLog("router");

/** Address translation, as the data plane does it: what it is told, and what it tells of itself. */
export class Translation {
  nat: Status["nat"];
  /** One sentence for each thing the data plane refused. */
  faults: string[] = [];
  /** What the data plane has counted since it started. */
  counters: TranslationCounters = { nat: {}, tap: {} };
  /** The same as the data plane said it. */
  counted: CountersReport | undefined;
  readonly #dataplane: DataplaneClient;
  #configured = "";
  #config: DataplaneConfig | undefined;
  #hasBaseline = false;

  constructor(private readonly options: TranslationOptions) {
    this.nat = { state: "stopped", path: options.path, bindings: 0, drops: 0 };
    this.#dataplane = connectDataplane({
      socketPath: options.socketPath,
      onMessage: (report) => this.#hear(report),
      onConnection: (isConnected) => this.#hearConnection(isConnected),
    });
  }

  /**
   * Tells the data plane what to translate, when that has changed. `bridges` are the indices of the home's bridges: the data
   * plane looks for its interfaces when it is told, and a bridge made anew has another one.
   */
  configure(config: DataplaneConfig, bridges: readonly (number | undefined)[]): void {
    const key = JSON.stringify([bridges, config]);
    if (key === this.#configured) return;
    this.#configured = key;
    this.#config = config;
    this.nat = { ...this.nat, path: config.path };
    this.#repeat();
  }

  /** What the data plane holds; rejects when it does not answer. */
  readonly list: DataplaneClient["list"] = (what, filter) => this.#dataplane.list(what, filter);

  /** Ends what the data plane has recorded of a device, or of all. Rejects when it is away. */
  forget(device: Mac | undefined): Promise<void> {
    return this.#dataplane.forget(device);
  }

  #repeat(): void {
    if (this.#config !== undefined) this.#dataplane.configure(this.#config);
  }

  #hear(report: Report): void {
    switch (report.type) {
      case "traffic":
        this.options.onTraffic(report, this.#hasBaseline);
        this.#hasBaseline = true;
        return;
      case "configured":
        this.faults = [];
        break;
      case "refused":
        this.faults = report.faults.map(
          ({ field, reason }) => `Address translation was refused, ${field}: ${reason}.`,
        );
        // An interface may have come or gone between the look and the word.
        setTimeout(() => this.#repeat(), RETRY_AFTER_MS);
        break;
      case "counters": {
        const drops = Object.values(report.nat.drops).reduce((sum, count) => sum + count, 0);
        this.counted = report;
        this.counters = countersOf(report);
        this.nat = { ...this.nat, bindings: report.nat.bindings, drops };
      }
    }
    this.options.onChange();
  }

  #hearConnection(isConnected: boolean): void {
    this.#hasBaseline = false;
    this.nat = { ...this.nat, state: isConnected ? "running" : "stopped" };
    log.info(
      isConnected ? "the data plane is there" : "the data plane is away; connections that exist go on",
    );
    this.options.onChange();
  }
}

function countersOf({ nat, queue, tap }: CountersReport): TranslationCounters {
  const { created, expired, drops } = nat;
  return {
    // null: the kernel does not show the queue's losses to this user.
    nat: { created, expired, ...drops, ...(queue.dropped === null ? {} : { "queue full": queue.dropped }) },
    tap,
  };
}

import { mkdtempSync, rmSync } from "node:fs";

import { join } from "node:path";
import type { Mac } from "../../runtime/src/addr/mac.ts";
import {
  connectDataplane,
  type DataplaneClient,
  type ListFilter,
} from "../../runtime/src/service/dataplane/client.ts";
import type { Listed, Rows } from "../../runtime/src/service/dataplane/listing.ts";
import type { DataplaneConfig, Report } from "../../runtime/src/service/dataplane/protocol.ts";
import type { Namespace } from "./linux-namespace.ts";

type ReportOf<T extends Report["type"]> = Extract<Report, { type: T }>;

/** Less than a test may take, so that the reason is told. */
const PATIENCE = 3000;

/** A data plane in a process of its own inside a namespace, with the control plane's end of its socket. */
export class DataplaneProcess {
  /** In memory, as /run is. */
  readonly folder = mkdtempSync("/dev/shm/gatehouse-nat-");
  readonly #namespace: Namespace;
  readonly #client: DataplaneClient;
  readonly #waiting = new Set<(report: Report) => void>();
  #process: Bun.Subprocess | undefined;

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
    this.start();
    this.#client = connectDataplane({
      socketPath: this.#socketPath,
      onMessage: (report) => {
        for (const look of this.#waiting) look(report);
      },
    });
  }

  get #socketPath(): string {
    return join(this.folder, "dataplane.sock");
  }

  /** undefined before the start. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  start(): void {
    const program = join(import.meta.dir, "dataplane-process.ts");
    // As its unit has it, where this user may.
    const command = ["nice", "-n", "-15", process.execPath, program, this.#socketPath];
    this.#process = this.#namespace.run(() => Bun.spawn(command, { stdio: ["pipe", "inherit", "inherit"] }));
  }

  /** Ends it the hard way. */
  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.exited;
  }

  async configure(config: DataplaneConfig): Promise<void> {
    const answer = this.next(["configured", "refused"]);
    this.#client.configure(config);
    const report = await answer;
    if (report.type === "refused") throw new Error(JSON.stringify(report.faults));
  }

  forget(device?: Mac): Promise<void> {
    return this.#client.forget(device);
  }

  async list<What extends Listed>(what: What, filter?: ListFilter): Promise<Rows[What][]> {
    return (await this.#client.list(what, filter)).rows;
  }

  /** The next report of one of the types for which `condition` holds. */
  next<T extends Report["type"]>(
    types: T[],
    condition: (report: ReportOf<T>) => boolean = () => true,
  ): Promise<ReportOf<T>> {
    const { promise, resolve, reject } = Promise.withResolvers<ReportOf<T>>();
    const patience = setTimeout(() => reject(new Error(`no ${types} from the data plane`)), PATIENCE);
    const look = (report: Report) => {
      if (!types.includes(report.type as T) || !condition(report as ReportOf<T>)) return;
      this.#waiting.delete(look);
      clearTimeout(patience);
      resolve(report as ReportOf<T>);
    };
    this.#waiting.add(look);
    return promise;
  }

  async close(): Promise<void> {
    this.#client.close();
    await this.kill();
    rmSync(this.folder, { recursive: true });
  }
}

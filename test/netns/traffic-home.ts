import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Running } from "@gatehouse/qemu/process.ts";
import type { TrafficTotal } from "../../runtime/src/service/traffic/source.ts";
import { launchIn, Program } from "./program.ts";
import { TapHome } from "./tap-home.ts";
import { CLIENT1, LAN_ADDRESS, SERVER } from "./topology.ts";

export interface TrafficProcessOptions {
  state: string;
  /** The data plane's folder. */
  run: string;
  /** The router's, for DNS and HTTP. */
  address: string;
  port: number;
  upstream: string;
  /** Addresses by MAC. */
  devices: Record<string, string>;
}

export const PORT = 8080;
export const API = `http://${LAN_ADDRESS}:${PORT}/api`;
/** Milliseconds that what passed may take to be in an answer, on a loaded machine. */
const PATIENCE = 10_000;

/** An address that could be anybody's on the Internet, but is not in use any more (RFC 7526): its owner's name may be asked for. */
export const NAMED_SERVER = "192.88.99.7";
export const SITE = "www.example.net";

/** A home with a data plane, an account of its traffic, and a provider whose name server knows SITE. */
export class TrafficHome {
  readonly #state = mkdtempSync("/dev/shm/gatehouse-traffic-");
  #process: Program<{ memory: number }> | undefined;
  /** It would outlive its parent: it changes its user, which undoes the order to end with that. */
  #nameServer: Running | undefined;

  private constructor(readonly tap: TapHome) {}

  /** Of the control plane's part. */
  get pid(): number {
    return this.#process!.running.pid;
  }

  static async open(): Promise<TrafficHome> {
    const tap = await TapHome.open({
      notRecorded: [],
      captureBytes: 5_000_000,
      captureTotalBytes: 20_000_000,
    });
    const home = new TrafficHome(tap);
    await home.#startNameServer();
    await home.start();
    return home;
  }

  async start(): Promise<void> {
    const options: TrafficProcessOptions = {
      state: this.#state,
      run: this.tap.dataplane.folder,
      address: LAN_ADDRESS,
      port: PORT,
      upstream: SERVER,
      devices: { [this.tap.client1Mac]: CLIENT1 },
    };
    const launch = launchIn(this.tap.net.router);
    this.#process = await Program.start(launch, "traffic-process.ts", JSON.stringify(options));
  }

  /** Ends the control plane's part as systemd would; what it took. */
  async stop(): Promise<{ memory: number }> {
    return this.#process!.report();
  }

  /** Ends it the hard way. */
  async kill(): Promise<void> {
    this.#process!.running.signal("SIGKILL");
    await this.#process!.running.stop();
  }

  /** What the API answers a client of the home. */
  // biome-ignore lint/suspicious/noExplicitAny: what it is is what the tests are about
  get(path: string): any {
    return JSON.parse(this.tap.net.client1.command(["curl", "-sS", "--fail-with-body", `${API}${path}`]));
  }

  /** As the owner, on the router. */
  remove(path: string): void {
    const url = `http://127.0.0.1:${PORT}/api${path}`;
    this.tap.net.router.command(["curl", "-sS", "--fail-with-body", "-X", "DELETE", url]);
  }

  /** Downloads into a file, whose path it gives. */
  download(query: string): string {
    const file = join(this.#state, "download");
    this.tap.net.client1.command([
      "curl",
      "-sS",
      "--fail-with-body",
      "-o",
      file,
      `${API}/captures/file?${query}`,
    ]);
    return file;
  }

  /** The sums of each group since the test began, once `condition` holds. */
  async totals(
    by: string,
    condition: (totals: TrafficTotal[]) => boolean,
    within = PATIENCE,
  ): Promise<TrafficTotal[]> {
    const range = () => `from=${Date.now() - 3_600_000}&to=${Date.now() + 60_000}`;
    return this.until(() => `/traffic/totals?${range()}&by=${by}`, condition, within);
  }

  /** What the API answers once `condition` holds. */
  async until<T>(path: () => string, condition: (answer: T) => boolean, within = PATIENCE): Promise<T> {
    const deadline = performance.now() + within;
    for (;;) {
      const answer = this.get(path());
      if (condition(answer)) return answer;
      if (performance.now() > deadline) throw new Error(`in vain: ${JSON.stringify(answer)}`);
      await Bun.sleep(50);
    }
  }

  async close(): Promise<void> {
    await this.#process?.running.stop();
    await this.#nameServer?.stop();
    await this.tap.close();
    rmSync(this.#state, { recursive: true });
  }

  async #startNameServer(): Promise<void> {
    const { provider } = this.tap.net;
    provider.ip(`address add ${NAMED_SERVER}/32 dev lo`);
    const words = [
      "dnsmasq",
      "--keep-in-foreground",
      "--conf-file=/dev/null",
      "--no-resolv",
      "--no-hosts",
      "--user=root",
    ];
    const records = [
      `--address=/${SITE}/${SERVER}`,
      "--ptr-record=7.99.88.192.in-addr.arpa,relay.example.org",
    ];
    const server = launchIn(provider)([
      ...words,
      ...records,
      "--pid-file=",
      "--log-facility=-",
      `--listen-address=${SERVER}`,
      "--bind-interfaces",
    ]);
    await server.line(/started/, PATIENCE);
    this.#nameServer = server;
  }
}

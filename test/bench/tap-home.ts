import { join } from "node:path";
import type { WatcherOptions, WatcherReport } from "../netns/live-watcher.ts";
import { UdpPeer } from "../netns/peers.ts";
import { launchIn, Program } from "../netns/program.ts";
import { CLIENT1, LAN_ADDRESS, SERVER } from "../netns/topology.ts";
import { PORT, TrafficHome } from "../netns/traffic-home.ts";
import { SINK_PORT } from "./carriers.ts";
import { cpuTime } from "./cpu.ts";
import type { PacedReport } from "./paced-flood.ts";
import { percentile } from "./series.ts";

const FIRST_PORT = 20_000;
const FLOWS = 64;
const RATE = 200_000;
const RATE_SECONDS = 5;
/** Slow enough that no first packet waits in vain for its binding. */
const BINDING_RATE = 1000;
/** Within what a client is sent one by one. */
const WATCHED_RATE = 1500;
const WATCHED_SECONDS = 6;
const ECHO = 4433;
const PINGS = 400;
/** Milliseconds between two of them, lest all are in one block of the tap. */
const PING_PAUSE = 7;
/** Milliseconds without anything new, after which nothing more comes. */
const QUIET = 400;
const PATIENCE = 10_000;

/** What became of 64-byte frames at a steady rate, and microseconds of processor time for each. */
export interface Paced {
  /** A second. */
  rate: number;
  offered: number;
  forwarded: number;
  /** Counted in the account of the traffic. */
  seen: number;
  /** The tap's ring had no room. */
  dropped: number;
  dataplane: number;
  controlPlane: number;
}

/** A home with the data plane and the account of its traffic as a router has them, NAT and accelerator included. */
export class TapHome {
  private constructor(private readonly home: TrafficHome) {}

  static async open(): Promise<TapHome> {
    const home = await TrafficHome.open();
    home.tap.net.provider.command(["nft", "-f", "-"], SINK);
    const tapHome = new TapHome(home);
    await tapHome.#flood(BINDING_RATE, FLOWS * 10);
    // The compiler's work does not show any more.
    await tapHome.#flood(RATE, RATE);
    await tapHome.#settled();
    return tapHome;
  }

  /** Frames of 64 flows, as regular as a sender can. */
  async paced(): Promise<Paced> {
    const before = await this.#counts();
    const { sent, seconds } = await this.#flood(RATE, RATE * RATE_SECONDS);
    const after = await this.#counts();
    const microseconds = (key: "dataplane" | "controlPlane") => ((after[key] - before[key]) * 1000) / sent;
    return {
      rate: sent / seconds,
      offered: sent,
      forwarded: after.forwarded - before.forwarded,
      seen: after.seen - before.seen,
      dropped: after.dropped - before.dropped,
      dataplane: microseconds("dataplane"),
      controlPlane: microseconds("controlPlane"),
    };
  }

  /** Milliseconds from the kernel's time stamp of a packet until a client of the WebSocket has it: median and 99th percentile. */
  async latency(): Promise<[median: number, p99: number]> {
    const { client1, provider } = this.home.tap.net;
    const watching = await this.#watch();
    const server = await UdpPeer.open(provider, ECHO, SERVER, true);
    const client = await UdpPeer.open(client1);
    for (let i = 0; i < PINGS; i++) {
      await client.ask("ping", SERVER, ECHO);
      await Bun.sleep(PING_PAUSE);
    }
    client.close();
    server.close();
    await this.#settled();
    const { packets, latencies } = await watching.report();
    if (packets !== 2 * PINGS) throw new Error(`${packets} of ${2 * PINGS} packets were told`);
    return [percentile(latencies, 0.5), percentile(latencies, 0.99)];
  }

  /** Microseconds of the control plane's processor time that a client that watches costs, for each of 1500 packets a second. */
  async watched(): Promise<number> {
    const packets = WATCHED_RATE * WATCHED_SECONDS;
    const alone = await this.#spent(() => this.#flood(WATCHED_RATE, packets));
    const watching = await this.#watch();
    const streamed = await this.#spent(() => this.#flood(WATCHED_RATE, packets));
    await this.#settled();
    const report = await watching.report();
    if (report.packets !== packets) throw new Error(`${report.packets} of ${packets} packets were told`);
    return ((streamed - alone) * 1000) / packets;
  }

  close(): Promise<void> {
    return this.home.close();
  }

  async #watch(): Promise<Program<WatcherReport>> {
    const options: WatcherOptions = { stalls: false };
    const launch = launchIn(this.home.tap.net.client2);
    const words = [LAN_ADDRESS, `${PORT}`, JSON.stringify(options)];
    const watching = await Program.start<WatcherReport>(launch, "live-watcher.ts", ...words);
    await watching.running.line(/mode packets/, PATIENCE);
    return watching;
  }

  async #flood(rate: number, count: number): Promise<PacedReport> {
    const program = join(import.meta.dir, "paced-flood.ts");
    const parameters = [CLIENT1, SERVER, FIRST_PORT, SINK_PORT, FLOWS, rate, count].map(String);
    const flood = this.home.tap.net.client1.run(() =>
      Bun.spawn([process.execPath, program, ...parameters], { stdio: ["ignore", "pipe", "inherit"] }),
    );
    return new Response(flood.stdout).json();
  }

  /** Milliseconds of the control plane's processor time. */
  async #spent(what: () => Promise<unknown>): Promise<number> {
    const before = cpuTime(this.home.pid);
    await what();
    return cpuTime(this.home.pid) - before;
  }

  /** All of it since the beginning; processor time in milliseconds. */
  async #counts() {
    const seen = await this.#settled();
    const { tap } = await this.home.tap.dataplane.next(["counters"]);
    return {
      forwarded: this.#arrived(),
      seen,
      dropped: tap.dropped,
      dataplane: cpuTime(this.home.tap.dataplane.pid!),
      controlPlane: cpuTime(this.home.pid),
    };
  }

  /** client1's packets up in the account, once there are no more. */
  async #settled(): Promise<number> {
    const deadline = performance.now() + PATIENCE;
    for (let last = -1; performance.now() < deadline; ) {
      const [first] = await this.home.totals("device", () => true);
      const packets = first?.upPackets ?? 0;
      if (packets === last) return packets;
      last = packets;
      await Bun.sleep(QUIET);
    }
    throw new Error("the traffic does not end");
  }

  #arrived(): number {
    const answer = this.home.tap.net.provider.command([
      "nft",
      "-j",
      "list",
      "counter",
      "ip",
      "sink",
      "arrived",
    ]);
    return JSON.parse(answer).nftables[1].counter.packets;
  }
}

/** Drops floods before any protocol sees them. */
const SINK = `table ip sink {
  counter arrived { }
  chain sink {
    type filter hook prerouting priority -500
    udp dport ${SINK_PORT} counter name arrived drop
  }
}
`;

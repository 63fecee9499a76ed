import { readFileSync } from "node:fs";
import { applyRuleset } from "../../runtime/src/linux/nftables/ruleset.ts";
import { renderFirewall } from "../../runtime/src/render/firewall.ts";
import { networkWith } from "../../runtime/src/render/network.fixture.ts";
import { DataplaneProcess } from "./dataplane.ts";
import { flood } from "./flood.ts";
import type { FloodKind } from "./flood-frames.ts";
import { type Counts, growth, kernelCounts } from "./ledger.ts";
import { until } from "./linux-namespace.ts";
import { type Latencies, latenciesOf, Probe } from "./probe.ts";
import { launchIn, wallClock } from "./program.ts";
import { macOf } from "./scene.ts";
import { DATAGRAM_PORT, Streams, type StreamsReport } from "./streams.ts";
import { LAN_ADDRESS, OTHER_SERVER, SERVER, Topology, WAN_ADDRESS } from "./topology.ts";

/** Milliseconds of a flood, of its beginning in which memory may grow, and after which everything must be normal again. */
const DURATION = 1000;
const WARM_UP = 300;
const RECOVERY = 1000;
/** Milliseconds of looking whether it is, and in which the last of a flood must have come through. */
const NORMAL = 200;

const STREAMS = 4;
/** Bytes a second of each stream in each direction. */
const RATE = 1_000_000;

const NETWORK = networkWith({ wan: "wan0", ports: ["lan0", "lan1"], prefix: `${LAN_ADDRESS}/24` });

/** The provider counts what reaches this server and answers none of it. */
const SINK = `table ip sink {
  counter arrived { }
  chain sink {
    type filter hook prerouting priority -500
    ip daddr ${SERVER} counter name arrived drop
  }
}
`;

/** A flood from client1's wire to the provider's server, or from the provider to the router's external address. */
export interface Attack {
  from: "client1" | "provider";
  kind: FloodKind;
  source: string;
  sources?: number;
  port?: number;
}

/** What a flood did. */
export interface Besieged {
  /** Frames that the flood's interface took. */
  sent: number;
  /** client2's new flows, begun during the flood, and later than a second after it. */
  during: Latencies;
  after: Latencies;
  /** MiB of the data plane at the most in the flood's beginning, and by how much more it grew. */
  memory: { before: number; growth: number };
  /** What the kernel and the engine have counted in the meantime. */
  counts: Counts;
}

/** A home with the product's firewall and data plane, in which client2 goes on with its life while another floods. */
export class Siege {
  #nextPort = 16_000;
  #engine: Counts = {};

  private constructor(
    readonly net: Topology,
    private readonly dataplane: DataplaneProcess,
    private readonly streams: Streams,
  ) {}

  /** Resident memory of the data plane, in MiB. */
  memory(): number {
    const status = readFileSync(`/proc/${this.dataplane.pid}/status`, "latin1");
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  }

  /** Builds the home; client2 has streams and a flow of numbered datagrams from now on. */
  static async begin(path: "offload" | "inline"): Promise<Siege> {
    const net = new Topology();
    net.router.run(() => applyRuleset(renderFirewall(NETWORK)));
    net.provider.command(["nft", "-f", "-"], SINK);
    const dataplane = new DataplaneProcess(net.router);
    await dataplane.configure({
      wan: { interface: "wan0", address: WAN_ADDRESS },
      lans: [{ interface: "br-lan", address: `${LAN_ADDRESS}/24` }],
      path,
    });
    const [client2, provider] = [launchIn(net.client2), launchIn(net.provider)];
    return new Siege(net, dataplane, await Streams.open(client2, provider, OTHER_SERVER, STREAMS, RATE));
  }

  /** One flood from client1's wire or the provider's. */
  async stand({ from, ...attack }: Attack): Promise<Besieged> {
    const place = this.net[from];
    const [port, destination] =
      from === "client1" ? (["br-lan", SERVER] as const) : (["wan0", WAN_ADDRESS] as const);
    const macs = { sourceMac: macOf(place, "eth0"), destinationMac: macOf(this.net.router, port) };
    const before = { ...this.#engine, ...this.#kernelCounts() };
    const probe = await Probe.start(launchIn(this.net.client2), OTHER_SERVER, DATAGRAM_PORT, this.#ports());
    const program = await flood(launchIn(place), { interface: "eth0", ...macs, destination, ...attack });
    const begin = wallClock();
    const memory = await this.#peakUntil(begin + WARM_UP);
    const peak = await this.#peakUntil(begin + DURATION);
    const { sent } = await program.report();
    const end = wallClock();
    await until("what was under way has come through", () => wallClock() > end + NORMAL);
    this.#engine = await this.#engineCounts();
    await until("all must be normal again", () => wallClock() > end + RECOVERY + NORMAL);
    const flows = await probe.finish();
    return {
      sent,
      during: latenciesOf(flows.filter(({ at }) => at > begin && at < end)),
      after: latenciesOf(flows.filter(({ at }) => at > end + RECOVERY)),
      memory: { before: Math.round(memory), growth: Math.round(peak - memory) },
      counts: growth(before, { ...this.#engine, ...this.#kernelCounts() }),
    };
  }

  /** Ends client2's streams; what became of them. */
  end(): Promise<StreamsReport> {
    return this.streams.finish();
  }

  async close(): Promise<void> {
    await this.dataplane.close();
    this.net.close();
  }

  /** The most memory that the data plane has had until then. */
  async #peakUntil(time: number): Promise<number> {
    let peak = this.memory();
    await until("the flood has lasted", () => {
      peak = Math.max(peak, this.memory());
      return wallClock() > time;
    });
    return peak;
  }

  async #engineCounts(): Promise<Counts> {
    const { nat, queue } = await this.dataplane.next(["counters"]);
    return { ...nat.drops, queue: queue.dropped ?? 0 };
  }

  /** The router's, and what has arrived at the provider's server. */
  #kernelCounts(): Counts {
    const counters = this.net.provider.command(["nft", "-j", "list", "counters"]);
    const arrived = JSON.parse(counters).nftables.at(-1).counter.packets;
    return { ...kernelCounts(this.net.router), arrived };
  }

  /** The first of ports that no probe has used: a binding that is still there would not be a new flow. */
  #ports(): number {
    this.#nextPort += 1000;
    return this.#nextPort;
  }
}

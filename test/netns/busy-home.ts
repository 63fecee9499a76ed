import { BorderCapture, type Crossed } from "./border-capture.ts";
import { type FloodReport, flood } from "./flood.ts";
import { CANARY, type FloodKind } from "./flood-frames.ts";
import type { Outage } from "./outage.ts";
import { Probe, type ProbedFlow } from "./probe.ts";
import { type Launch, type Program, wallClock } from "./program.ts";
import { DATAGRAM_PORT, Streams, type StreamsReport } from "./streams.ts";

/** Where everything is. The clients reach the provider's server through the router and no other way. */
export interface Scene {
  client1: Launch;
  client2: Launch;
  router: Launch;
  provider: Launch;
  /** The address of the provider's server. */
  server: string;
  /** The provider's interface towards the router. */
  access: { interface: string; mac: string };
  /** The router's interface towards the provider. */
  wan: string;
  /** client1's wire: its own MAC address, the router's, and an address of the home that is nobody's. */
  home: { interface: string; mac: string; routerMac: string; nobody: string };
}

/** What was going on in the home, from `open` to `finish`. */
export interface BusyReport {
  streams: StreamsReport;
  /** client2's new flows. */
  flows: ProbedFlow[];
  /** What client1 sent besides. */
  noise: FloodReport;
  crossed: Crossed;
}

/** Milliseconds of new flows after the first answer, of which none may go unanswered. */
const SETTLED = 300;
const STREAMS = 8;
/** Bytes a second of each stream in each direction: 80 Mbit/s, 1.3 Gbit/s together. */
const RATE = 10_000_000;

/** Both directions of every stream are counted at the end that receives them. */
export const DIRECTIONS = 2 * STREAMS;

/**
 * client1 has eight TCP streams and a flow of numbered datagrams to the provider's server and sends noise, client2 begins a
 * flow every 5 ms, and every frame on the provider's wire is kept.
 */
export class BusyHome {
  private constructor(
    private readonly scene: Scene,
    private readonly capture: BorderCapture,
    private readonly streams: Streams,
    private readonly probe: Probe,
    private readonly noise: Program<FloodReport>,
  ) {}

  /** Starts it all. Noise: frames of `kind` from so many sources, `rate` of them a second, or as many as one core can. */
  static async open(
    scene: Scene,
    noise: { kind: FloodKind; sources: number; rate?: number },
  ): Promise<BusyHome> {
    const { client1, client2, provider, server, access, home } = scene;
    const capture = await BorderCapture.open(provider, access.interface, access.mac);
    const streams = await Streams.open(client1, provider, server, STREAMS, RATE);
    const probe = await Probe.start(client2, server, DATAGRAM_PORT, firstPort());
    const sender = { interface: home.interface, sourceMac: home.mac, destinationMac: home.routerMac };
    const noisy = await flood(client1, { ...sender, source: home.nobody, destination: server, ...noise });
    return new BusyHome(scene, capture, streams, probe, noisy);
  }

  /** Waits for the answer to one of client2's flows that was begun after `time`. */
  answers(time: number): Promise<void> {
    return this.probe.answers(time);
  }

  /** Waits until a process that was started then has answered, and for a few flows more; the outage that this was the end of. */
  async recovers(gone: number, started: number): Promise<Outage> {
    await this.probe.answers(started);
    const answered = wallClock();
    await this.probe.answers(answered + SETTLED);
    return { gone, started, over: answered + SETTLED };
  }

  /** Ends it all; the last frame on the wire is one that the capture must show. */
  async finish(): Promise<BusyReport> {
    const noise = await this.noise.report();
    const flows = await this.probe.finish();
    const streams = await this.streams.finish();
    const { router, wan, home, server, access } = this.scene;
    const sender = { interface: wan, sourceMac: home.routerMac, destinationMac: access.mac };
    const addresses = { source: home.nobody, destination: server };
    const canary = await flood(router, { ...sender, ...addresses, kind: "canary", count: 1 });
    const crossed = await this.capture.finish(CANARY);
    await canary.report();
    return { streams, flows, noise, crossed };
  }
}

/** Ports that no probe of this process has used: a binding that is still there would not be a new flow. */
let nextPort = 16_000;
function firstPort(): number {
  nextPort += 4000;
  return nextPort;
}

/** What a capture must show of addresses of the home: the frame that ends it, and nothing else. */
export const ONLY_THE_CANARY = { "source, protocol 17": 1 };

/** The figures of a report, in words. */
export function figures({ streams, crossed, noise }: BusyReport): string {
  const { largestGap, datagrams } = streams;
  return [
    `largest gap of a stream ${largestGap.toFixed(0)} ms`,
    `datagrams lost ${datagrams.lost.length} of ${datagrams.sent}, largest gap ${datagrams.largestGap.toFixed(0)} ms`,
    `${noise.sent} frames of noise`,
    `${crossed.frames} frames captured, ${crossed.lost} lost`,
  ].join("; ");
}

import { until } from "@gatehouse/qemu/wait.ts";
import { type Launch, Program } from "./program.ts";

/** Milliseconds from one new flow to the next. */
export const PROBE_INTERVAL = 5;
/** Milliseconds after which a flow counts as unanswered. */
export const PROBE_PATIENCE = 1000;
/** Lines of the last second at most. */
const RECENT = 200;

/** One new flow: when its first datagram was sent (see `wallClock`), and after how many milliseconds the answer came. */
export interface ProbedFlow {
  at: number;
  latency: number | null;
}

/** The new flows of one client, every 5 ms one, each from a port of its own. */
export class Probe {
  private constructor(private readonly program: Program<ProbedFlow[]>) {}

  /** Sends to an echo server from the ports that follow `firstPort`. */
  static async start(launch: Launch, address: string, port: number, firstPort: number): Promise<Probe> {
    const words = [address, String(port), String(firstPort)];
    return new Probe(await Program.start<ProbedFlow[]>(launch, "probe-process.ts", ...words));
  }

  /** Waits for the answer to a flow that was begun after `time`. */
  async answers(time: number): Promise<void> {
    const { running } = this.program;
    const isLater = (line: string) => Number(line.split(" ")[1]) > time;
    const deadline = { what: "answer to a new flow", within: 10_000, tail: () => running.tail() };
    await until(deadline, () => running.lines.slice(-RECENT).some(isLater));
  }

  /** Ends it, and every flow that was begun, with the time at which it was. */
  finish(): Promise<ProbedFlow[]> {
    return this.program.report();
  }
}

/** Latencies in milliseconds; what was not answered counts as the patience with it. */
export interface Latencies {
  flows: number;
  unanswered: number;
  p50: number;
  p99: number;
}

export function latenciesOf(flows: readonly ProbedFlow[]): Latencies {
  const sorted = flows.map(({ latency }) => latency ?? PROBE_PATIENCE).sort((a, b) => a - b);
  const quantile = (q: number) =>
    Math.round((sorted[Math.ceil(q * sorted.length) - 1] ?? Number.NaN) * 100) / 100;
  const unanswered = flows.filter(({ latency }) => latency === null).length;
  return { flows: flows.length, unanswered, p50: quantile(0.5), p99: quantile(0.99) };
}

import type { ProbedFlow } from "./probe.ts";

/** A time without an engine: when it was gone, when the next one's process was started, and when that one's time was over. */
export interface Outage {
  gone: number;
  started: number;
  over: number;
}

/** What became of the flows that were begun around one outage. */
export interface Recovery {
  /** Begun without an engine, and answered all the same. */
  answeredWithout: number;
  /** Begun without an engine. */
  begunWithout: number;
  /** Milliseconds from the start of the new process to the first answer to a flow begun since. */
  firstAnswer: number;
  /** Begun after that answer had come, and not answered. */
  late: number;
}

/** Sorts the flows around an outage. */
export function recoveryOf(flows: readonly ProbedFlow[], { gone, started, over }: Outage): Recovery {
  const without = flows.filter(({ at }) => at > gone && at < started);
  const since = flows.filter(({ at }) => at > started && at < over);
  const first = Math.min(...since.map(({ at, latency }) => at + (latency ?? Number.POSITIVE_INFINITY)));
  return {
    answeredWithout: without.filter(({ at, latency }) => latency !== null && at + latency < started).length,
    begunWithout: without.length,
    firstAnswer: Math.round(first - started),
    late: since.filter(({ at, latency }) => at > first && latency === null).length,
  };
}

/** Milliseconds within which new flows must work again after the start of the new process. */
const PROMISED = 1000;
/** On a machine with so much else to do that a second is not enough: this many times what a process that does nothing takes. */
const PROCESSES = 15;

/** Milliseconds that a recovery, or a gap in an established flow, may take on this machine as busy as it is now. */
export async function allowance(): Promise<number> {
  const begin = performance.now();
  await Bun.spawn([process.execPath, "-e", ""], { stdio: ["ignore", "ignore", "inherit"] }).exited;
  return Math.max(PROMISED, PROCESSES * (performance.now() - begin));
}

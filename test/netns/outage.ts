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
  /** Begun later than `allowed` milliseconds after the start, and not answered. */
  late: number;
}

/** Sorts the flows around an outage; `allowed` is what a recovery may take. */
export function recoveryOf(
  flows: readonly ProbedFlow[],
  { gone, started, over }: Outage,
  allowed: number,
): Recovery {
  const without = flows.filter(({ at }) => at > gone && at < started);
  const since = flows.filter(({ at }) => at > started && at < over);
  const answers = since.flatMap(({ at, latency }) => (latency === null ? [] : [at + latency]));
  return {
    answeredWithout: without.filter(({ at, latency }) => latency !== null && at + latency < started).length,
    begunWithout: without.length,
    firstAnswer: Math.round(Math.min(...answers) - started),
    late: since.filter(({ at, latency }) => at > started + allowed && latency === null).length,
  };
}

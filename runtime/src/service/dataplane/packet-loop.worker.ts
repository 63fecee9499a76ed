import { createLog } from "../log.ts";
import { clock, PacketLoop } from "./packet-loop.ts";
import type { Report } from "./protocol.ts";
import type { LoopAnswer, LoopRequest } from "./thread.ts";

declare const self: Worker;

/** The span of one traffic report. */
const INTERVAL = 100;
const COUNTERS_EVERY = 10;

const loop = new PacketLoop(createLog("dataplane"));
let turn = 0;

self.onmessage = ({ data: { id, request } }: MessageEvent<LoopRequest>) => {
  self.postMessage({ id, report: answer(request) } satisfies LoopAnswer);
};

function answer(request: LoopRequest["request"]): Report {
  if (request.type === "configure") return loop.configure(request.config);
  if (request.type === "list") return loop.list(request);
  return loop.traffic("all", Date.now(), INTERVAL);
}

let reported = clock();

/**
 * One interval of packets, then its report, also when nothing moved: who adds intervals up would otherwise miss the quiet ones.
 * Messages to this thread are handled between turns.
 */
function takeTurn(): void {
  const hasWaited = loop.runUntil(reported + INTERVAL);
  const now = clock();
  report(loop.traffic("changed", Date.now(), Math.max(1, Math.round(now - reported))));
  reported = now;
  if (++turn % COUNTERS_EVERY === 0) report(loop.counters());
  if (hasWaited) setImmediate(takeTurn);
  else setTimeout(takeTurn, INTERVAL);
}

function report(report: Report): void {
  self.postMessage({ id: 0, report } satisfies LoopAnswer);
}

takeTurn();

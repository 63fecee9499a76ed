import { createLog } from "../log.ts";
import { clock, PacketLoop } from "./packet-loop.ts";
import type { Report } from "./protocol.ts";
import type { LoopAnswer, LoopRequest } from "./thread.ts";

declare const self: Worker;

/** The span of one traffic report. */
const INTERVAL = 100;
const COUNTERS_EVERY = 10;
/** Messages to this thread wait for the packets at most so long; five wakings an interval cost nothing that shows. */
const TURN = 20;

let loop: PacketLoop;
let intervals = 0;

self.onmessage = ({ data: { id, request } }: MessageEvent<LoopRequest>) => {
  if (request.type === "start") start(request.folder);
  else self.postMessage({ id, report: answer(request) } satisfies LoopAnswer);
};

/** The first request. */
function start(folder: string): void {
  loop = new PacketLoop(createLog("dataplane"), folder);
  takeTurn();
}

function answer(request: Exclude<LoopRequest["request"], { type: "start" }>): Report {
  if (request.type === "configure") return loop.configure(request.config);
  if (request.type === "list") return loop.list(request);
  if (request.type === "forget") return loop.forget(request.device);
  return loop.traffic("all", Date.now(), INTERVAL);
}

let reported = clock();

/** Packets for a turn; messages to this thread are handled between turns. */
function takeTurn(): void {
  const end = reported + INTERVAL;
  const hasWaited = loop.runUntil(Math.min(end, clock() + TURN));
  if (clock() >= end || !hasWaited) reportInterval();
  if (hasWaited) setImmediate(takeTurn);
  else setTimeout(takeTurn, INTERVAL);
}

/** Also when nothing moved: who adds intervals up would otherwise miss the quiet ones. */
function reportInterval(): void {
  const now = clock();
  report(loop.traffic("changed", Date.now(), Math.max(1, Math.round(now - reported))));
  reported = now;
  if (++intervals % COUNTERS_EVERY === 0) report(loop.counters());
}

function report(report: Report): void {
  self.postMessage({ id: 0, report } satisfies LoopAnswer);
}

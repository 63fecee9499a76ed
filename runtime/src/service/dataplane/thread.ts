import type { Report, Request } from "./protocol.ts";

/** A request to the packet loop's thread; `id` is above 0. The first is to start, with the folder for what is recorded. */
export interface LoopRequest {
  id: number;
  request: Request | { type: "traffic-so-far" } | { type: "start"; folder: string };
}

/** What the thread says: the answer to request `id`, or with id 0 a report for everyone. */
export interface LoopAnswer {
  id: number;
  report: Report;
}

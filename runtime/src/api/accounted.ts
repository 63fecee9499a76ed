import { createLog } from "../service/log.ts";
import { RequestFault } from "./faults.ts";
import type { Fault } from "./model.ts";
import { inTime } from "./patience.ts";
import { unusable } from "./query.ts";

/** A year of minutes from a slow disk. */
const PATIENCE_MS = 30_000;

/** What the owner is told when a question has no answer. */
const UNANSWERED: Fault = {
  error: "The record of the traffic did not answer",
  hint: "Traffic goes on, and is counted. Try again in a moment; the router's log says more.",
};

const log = createLog("api");

/** What the source answers; what it refuses or cannot do becomes a fault: `failure`, as the program's own words for it are for the log. */
export async function accounted<T>(answer: Promise<T>, failure = UNANSWERED): Promise<T> {
  try {
    return await inTime(answer, PATIENCE_MS);
  } catch (error) {
    if (error instanceof RequestFault) throw error;
    const { message } = error as Error;
    if (error instanceof RangeError) {
      // "field: what is wrong with it"
      const [field = "", ...reason] = message.split(": ");
      throw unusable([{ field, reason: reason.join(": ") }]);
    }
    log.limited(failure.error, `${failure.error}: ${message}`);
    throw new RequestFault(503, failure);
  }
}

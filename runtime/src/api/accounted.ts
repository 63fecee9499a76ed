import { RequestFault } from "./faults.ts";
import { inTime } from "./patience.ts";
import { unusable } from "./query.ts";

/** A year of minutes from a slow disk. */
const PATIENCE_MS = 30_000;

/** What the source answers; what it refuses or cannot answer becomes a fault. */
export async function accounted<T>(answer: Promise<T>): Promise<T> {
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
    throw new RequestFault(503, {
      error: `This could not be answered: ${message}`,
      hint: "Traffic goes on, and is counted. Try again in a moment.",
    });
  }
}

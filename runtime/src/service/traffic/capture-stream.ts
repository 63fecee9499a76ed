import type { CaptureSelection } from "./source.ts";
import type { Thread } from "./thread.ts";

/** Milliseconds until a capture that goes on live is asked for more. */
const POLL = 100;

/** The capture as a stream that takes no more from the thread than its reader does. */
export function captureStream(thread: Thread, selection: CaptureSelection): ReadableStream<Uint8Array> {
  let download: number | undefined;
  let isCancelled = false;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        download ??= await thread.ask("openCapture", selection);
        while (!isCancelled) {
          const { bytes, isLast } = await thread.ask("readCapture", download);
          if (isCancelled) break;
          if (bytes.length > 0) controller.enqueue(bytes);
          if (isLast) controller.close();
          if (isLast || bytes.length > 0) return;
          await Bun.sleep(POLL);
        }
        await thread.ask("closeCapture", download);
      },
      async cancel() {
        isCancelled = true;
        if (download !== undefined) await thread.ask("closeCapture", download);
      },
    },
    // A piece is large enough: nothing is read ahead.
    { highWaterMark: 0 },
  );
}

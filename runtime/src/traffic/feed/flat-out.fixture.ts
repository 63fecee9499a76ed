import { packet } from "./feed.fixture.ts";
import { openFeed } from "./memory.ts";
import { FeedWriter } from "./writer.ts";

/** What the worker is given: memory with a feed, and a word that is not 0 once it shall end. */
export interface FlatOut {
  feed: SharedArrayBuffer;
  stop: SharedArrayBuffer;
}

/** Sums of a tick. */
export function countOf(tick: number): number {
  return (tick * 7) % 40;
}

/** Writes as fast as it can: in a worker, while the test reads. Each packet says its number thrice, each tick in all its sums. */
globalThis.onmessage = ({ data }: MessageEvent<FlatOut>) => {
  const writer = new FeedWriter(openFeed(data.feed)!);
  const stop = new Int32Array(data.stop);
  const sums = packet();
  const record = packet();
  let packets = 0;
  for (let tick = 0; Atomics.load(stop, 0) === 0; tick++) {
    for (let i = 0; i < countOf(tick); i++) {
      sums.remotePort = 100 + i;
      sums.length = tick;
      writer.add(sums);
      record.seconds = record.nanoseconds = record.length = packets++;
      writer.packet(record);
    }
    writer.endTick(tick, countOf(tick), 0);
  }
};

import { expect, test } from "bun:test";
import { SMALL } from "./feed.fixture.ts";
import { countOf, type FlatOut } from "./flat-out.fixture.ts";
import { feedLength, formatFeed } from "./memory.ts";
import { FeedReader } from "./reader.ts";

const ENOUGH = 5_000;

test("ticks and packets are read whole while another thread overwrites them as fast as it can", () => {
  const shared: FlatOut = {
    feed: new SharedArrayBuffer(feedLength(SMALL)),
    stop: new SharedArrayBuffer(4),
  };
  const feed = formatFeed(shared.feed, SMALL);
  const reader = new FeedReader(feed);
  const worker = new Worker(new URL("./flat-out.fixture.ts", import.meta.url));
  worker.postMessage(shared);
  try {
    let ticks = 0;
    let packets = 0;
    let sums = 0;
    const deadline = performance.now() + 30_000;
    while (ticks < ENOUGH || packets < ENOUGH || reader.lostTicks === 0 || reader.lostPackets === 0) {
      if (performance.now() > deadline)
        throw new Error(
          `${ticks} ticks, ${packets} packets, ${reader.lostTicks} and ${reader.lostPackets} lost`,
        );
      reader.readTicks(
        ({ tick, upBytes }) => {
          sums++;
          if (upBytes !== tick) throw new Error(`tick ${tick} has the sums of ${upBytes}`);
        },
        (tick, frames) => {
          const isWhole = sums === frames && frames === countOf(tick);
          if (!isWhole || tick !== ticks++ + reader.lostTicks)
            throw new Error(`tick ${tick} is torn or astray`);
          sums = 0;
        },
      );
      reader.readPackets(({ seconds, nanoseconds, length }) => {
        const expected = packets++ + reader.lostPackets;
        if (seconds !== expected || nanoseconds !== expected || length !== expected)
          throw new Error(`packet ${seconds}, ${nanoseconds}, ${length} is not ${expected}`);
      });
    }
    expect(ticks).toBeGreaterThanOrEqual(ENOUGH);
  } finally {
    Atomics.store(new Int32Array(shared.stop), 0, 1);
    worker.terminate();
  }
}, 40_000);

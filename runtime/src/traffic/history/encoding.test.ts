import { expect, test } from "bun:test";
import { ChunkPool } from "./chunk-pool.ts";
import { BinReader, BinWriter } from "./encoding.ts";

type Bin = [tick: number, upBytes: number, downBytes: number, upPackets: number, downPackets: number];

/** Writes the bins to one chunk, in units of `ticks`, and reads what fitted. */
function throughChunk(bins: Bin[], ticks = 1): Bin[] {
  const pool = new ChunkPool(1);
  const chunk = pool.take(bins[0]![0]);
  const writer = new BinWriter(pool);
  let last = bins[0]![0] - ticks;
  for (const [tick, ...sums] of bins) {
    if (!writer.append(chunk, tick, (tick - last) / ticks, ...sums)) break;
    last = tick;
  }
  const reader = new BinReader(pool);
  const read: Bin[] = [];
  reader.open(chunk, ticks);
  while (reader.next()) {
    read.push([reader.tick, reader.upBytes, reader.downBytes, reader.upPackets, reader.downPackets]);
  }
  const sums = [1, 2, 3, 4].map((field) => read.reduce((sum, bin) => sum + bin[field]!, 0));
  expect([0, 1, 2, 3].map((which) => pool.sum(chunk, which))).toEqual(sums);
  expect([pool.first(chunk), pool.last(chunk)]).toEqual([read[0]![0], read.at(-1)![0]]);
  return read;
}

test.each<[string, Bin[]]>([
  ["one packet", [[600, 66, 0, 1, 0]]],
  ["nothing at all", [[600, 0, 0, 0, 0]]],
  [
    "the same tick twice",
    [
      [600, 66, 66, 1, 1],
      [600, 66, 66, 1, 1],
    ],
  ],
  [
    "each way to tell a distance",
    [
      [600, 1, 1, 1, 1],
      [601, 1, 1, 1, 1],
      [603, 1, 1, 1, 1],
      [606, 1, 1, 1, 1],
      [90_000, 1, 1, 1, 1],
    ],
  ],
  [
    "6, 7 and 8 packets",
    [
      [1, 6, 7, 6, 7],
      [2, 7, 8, 7, 8],
      [3, 1000, 6, 8, 6],
    ],
  ],
  [
    "smaller frames than before",
    [
      [1, 1514, 15_140, 1, 10],
      [2, 66, 660, 1, 10],
      [3, 1514, 0, 1, 0],
      [4, 0, 66, 0, 1],
    ],
  ],
  [
    "packets without bytes",
    [
      [1, 1514, 0, 1, 0],
      [2, 0, 0, 5, 9],
    ],
  ],
  [
    "bytes without packets",
    [
      [1, 1, 0, 0, 0],
      [2, 0, 2 ** 50, 0, 0],
      [3, 5, 5, 1, 1],
    ],
  ],
  [
    "frames of more than 64 KiB",
    [
      [1, 200_000, 2 ** 31, 1, 1],
      [2, 200_000, 2 ** 31 - 1, 1, 2],
    ],
  ],
  [
    "borders of varints",
    [7, 14, 21, 28, 31, 32, 35, 49].map((bits, i): Bin => [i, 2 ** bits - 1, 2 ** bits, 1, 1]),
  ],
  [
    "the largest sums",
    [
      [1, Number.MAX_SAFE_INTEGER, 1, 1, Number.MAX_SAFE_INTEGER],
      [2, 66, 66, 1, 1],
    ],
  ],
])("%s: what was written is read", (_, bins) => {
  expect(throughChunk(bins)).toEqual(bins);
});

test("bins of a coarser level tell distances in their own length", () => {
  const bins: Bin[] = [600, 1200, 1800, 60_000].map((tick) => [tick, 70, 80, 1, 1]);
  expect(throughChunk(bins, 600)).toEqual(bins);
});

test("a full chunk takes no more and keeps what it has", () => {
  const bins = Array.from({ length: 600 }, (_, i): Bin => [i, i * 1000, i * i, 20 + i, 1]);
  const read = throughChunk(bins);
  expect(read.length).toBeGreaterThan(50);
  expect(read).toEqual(bins.slice(0, read.length));
});

test("a steady stream takes three bytes a bin", () => {
  const bins = Array.from({ length: 600 }, (_, i): Bin => [i, 5 * 214, 5 * 214, 5, 5]);
  expect(throughChunk(bins).length).toBeGreaterThanOrEqual(150);
});

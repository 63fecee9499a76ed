import type { BinStore } from "./bin-store.ts";
import { NONE } from "./chunk-pool.ts";
import { BinReader } from "./encoding.ts";
import type { Remote } from "./pair-table.ts";
import { LEVEL_TICKS, MINUTE_LEVEL, SECOND_LEVEL } from "./ticks.ts";

/** A finished bin of a pair; `tick` is the clock's. One object serves all rows: take what is needed before the next is asked for. */
export interface Rollup {
  tick: number;
  device: number;
  remote: Remote;
  upBytes: number;
  downBytes: number;
  upPackets: number;
  downPackets: number;
}

/**
 * Sums per pair and `step` recorded ticks of what is from `start` on and before `end`, which are multiples of `step`: pair by pair,
 * oldest first. What is before `detail`, the first tick of which
 * seconds or finer are there, comes in minutes at least.
 */
export function* rollupsOf(
  store: BinStore,
  step: number,
  start: number,
  end: number,
  detail: number,
  clockOf: (recorded: number) => number,
): Generator<Rollup, void> {
  const { pairs } = store;
  const reader = new BinReader(store.pool);
  const row = { tick: 0, device: 0, remote: new Uint32Array(4), ...NOTHING };
  const bin = { tick: -1, ...NOTHING };
  for (let pair = 1; pair < pairs.end; pair++) {
    if (!pairs.isUsed(pair) || pairs.openTick[pair]! < start) continue;
    for (const part of partsOf(store, reader, pair, start, end, detail)) {
      const tick = part.tick - (part.tick % step);
      if (bin.tick !== tick) {
        if (bin.tick >= 0) yield fill(row, bin, pair);
        Object.assign(bin, NOTHING);
        bin.tick = tick;
      }
      bin.upBytes += part.upBytes;
      bin.downBytes += part.downBytes;
      bin.upPackets += part.upPackets;
      bin.downPackets += part.downPackets;
    }
    if (bin.tick >= 0) yield fill(row, bin, pair);
    bin.tick = -1;
  }

  function fill(to: Rollup, from: Part, pair: number): Rollup {
    to.upBytes = from.upBytes;
    to.downBytes = from.downBytes;
    to.upPackets = from.upPackets;
    to.downPackets = from.downPackets;
    to.tick = clockOf(from.tick);
    to.device = pairs.devices[pair]!;
    for (let word = 0; word < 4; word++) to.remote[word] = pairs.remotes[pair * 4 + word]!;
    return to;
  }
}

const NOTHING = { upBytes: 0, downBytes: 0, upPackets: 0, downPackets: 0 };
type Part = typeof NOTHING & { tick: number };

/** The bins of a pair in the stretch, oldest first; the reader itself is what is yielded, or a growing bin's copy. */
function* partsOf(
  store: BinStore,
  reader: BinReader,
  pair: number,
  start: number,
  end: number,
  detail: number,
): Generator<Part, void> {
  const { minuteSums, minuteTick, openSums, openTick, tensSums, tensTick } = store.pairs;
  const minutesEnd = Math.min(end, detail);
  yield* binsOf(store, reader, pair, MINUTE_LEVEL, start, minutesEnd);
  yield* growing(pair, minuteTick, minuteSums, start, minutesEnd);
  yield* growing(pair, tensTick, tensSums, start, minutesEnd);
  yield* binsOf(store, reader, pair, SECOND_LEVEL, Math.max(start, detail), end);
  yield* binsOf(store, reader, pair, 0, Math.max(start, detail), end);
  yield* growing(pair, openTick, openSums, start, end);
}

function* binsOf(
  store: BinStore,
  reader: BinReader,
  pair: number,
  level: number,
  start: number,
  end: number,
): Generator<Part, void> {
  const { pool } = store;
  for (let chunk = firstSince(store, pair, level, start); chunk !== NONE; chunk = pool.next(chunk)) {
    if (pool.first(chunk) >= end) return;
    reader.open(chunk, LEVEL_TICKS[level]!);
    while (reader.next()) if (reader.tick >= start && reader.tick < end) yield reader;
  }
}

function* growing(
  pair: number,
  ticks: Uint32Array,
  sums: Float64Array,
  start: number,
  end: number,
): Generator<Part, void> {
  const tick = ticks[pair]!;
  if (tick === 0 || tick < start || tick >= end) return;
  const [upBytes = 0, downBytes = 0, upPackets = 0, downPackets = 0] = sums.subarray(pair * 4);
  yield { tick, upBytes, downBytes, upPackets, downPackets };
}

/** The oldest chunk of the list that reaches `start`, searched from the newest. */
function firstSince(store: BinStore, pair: number, level: number, start: number): number {
  let found = NONE;
  let chunk = store.pairs.tail(pair, level);
  while (chunk !== NONE && store.pool.last(chunk) >= start) {
    found = chunk;
    chunk = store.pool.previous(chunk);
  }
  return found;
}
